import Support
import Testing

@testable import Storage

@Suite("A wait list", .timeLimit(.minutes(10)))
struct WaitListTests {
  private struct State {
    var isReady = false
    var waiting = WaitList<Int, Int>()
    var closers = WaitList<Void, Void>()
  }

  private let state = Locked(State())

  private func wait(_ request: Int, within duration: Duration? = nil) async throws -> Int {
    try await state.wait(in: \.waiting, for: request, within: duration) { state in
      state.isReady ? .success(-request) : nil
    }
  }

  private func untilWaiting(_ count: Int) async {
    while state.withLock({ $0.waiting.count }) < count { await Task.yield() }
  }

  @Test("hands out its waiters in the order of arrival, each with its request")
  func order() async throws {
    var tasks: [Task<Int, any Error>] = []
    for request in 0..<5 {
      tasks.append(Task { try await wait(request) })
      await untilWaiting(request + 1)
    }
    for request in 0..<5 {
      let waiter = try #require(state.withLock { $0.waiting.takeFirst() })
      #expect(waiter.request == request)
      waiter.resume(returning: request * 10)
    }
    #expect(state.withLock { $0.waiting.isEmpty && $0.waiting.takeFirst() == nil })
    for (request, task) in tasks.enumerated() { #expect(try await task.value == request * 10) }
  }

  @Test("lets a caller look first, and does not suspend it if there is an answer")
  func looksFirst() async throws {
    state.withLock { $0.isReady = true }
    #expect(try await wait(7) == -7)
    #expect(state.withLock { $0.waiting.isEmpty })
  }

  @Test("takes out the waiters of some requests, and the others keep their order")
  func takesSome() async throws {
    let tasks = (0..<6).map { request in Task { try await wait(request) } }
    await untilWaiting(6)
    let even = state.withLock { $0.waiting.takeAll { $0.isMultiple(of: 2) } }
    #expect(Set(even.map(\.request)) == [0, 2, 4])
    for waiter in even { waiter.resume(returning: 0) }
    let odd = state.withLock { $0.waiting.takeAll() }
    #expect(Set(odd.map(\.request)) == [1, 3, 5])
    for waiter in odd { waiter.resume(returning: 1) }
    for (request, task) in tasks.enumerated() { #expect(try await task.value == request % 2) }
  }

  @Test("ends the wait of a cancelled caller, and of one that was cancelled before it came")
  func cancellation() async throws {
    let waiting = Task { try await wait(1) }
    await untilWaiting(1)
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    let late = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await wait(2)
    }
    late.cancel()
    await #expect(throws: CancellationError.self) { try await late.value }
    #expect(state.withLock { $0.waiting.isEmpty })
  }

  @Test("ends a wait after its time, and not before")
  func timeout() async throws {
    await #expect(throws: WaitTimedOut.self) { try await wait(1, within: .milliseconds(5)) }
    await #expect(throws: WaitTimedOut.self) { try await wait(1, within: .zero) }
    let patient = Task { try await wait(2, within: .seconds(3600)) }
    await untilWaiting(1)
    state.withLock { $0.waiting.takeFirst() }?.resume(returning: 3)
    #expect(try await patient.value == 3)
  }

  @Test("resumes each caller once, however cancellations, timeouts and answers meet")
  func storm() async throws {
    let server = Task {
      while !Task.isCancelled {
        state.withLock { $0.waiting.takeFirst() }?.resume(returning: 1)
        await Task.yield()
      }
      for waiter in state.withLock({ $0.waiting.takeAll() }) { waiter.resume(returning: 1) }
    }
    let ends = await withTaskGroup(of: Int.self) { group in
      for seed in 0..<8 {
        group.addTask {
          var ends = 0
          for round in 0..<300 {
            let within: Duration? =
              round % 3 == 0 ? .microseconds((seed * 37 + round) % 200) : nil
            let task = Task { try? await wait(round, within: within) }
            for _ in 0..<(seed * 7 + round) % 11 { await Task.yield() }
            if round % 2 == 0 { task.cancel() }
            _ = await task.value
            ends += 1
          }
          return ends
        }
      }
      return await group.reduce(0, +)
    }
    server.cancel()
    await server.value
    #expect(ends == 8 * 300)
    #expect(state.withLock { $0.waiting.isEmpty })
  }

  @Test("keeps a caller that waits for an end, cancelled or not")
  func uncancelled() async throws {
    let waiting = Task {
      await state.waitUncancelled(in: \.closers) { $0.isReady }
      return state.withLock { $0.isReady }
    }
    while state.withLock({ $0.closers.isEmpty }) { await Task.yield() }
    waiting.cancel()
    for _ in 0..<20 { await Task.yield() }
    let closers = state.withLock { state in
      state.isReady = true
      return state.closers.takeAll()
    }
    #expect(closers.count == 1)
    for closer in closers { closer.resume(returning: ()) }
    #expect(await waiting.value)
    await state.waitUncancelled(in: \.closers) { $0.isReady }
  }

  @Test("keeps the order of thousands, also when some of them leave from the middle")
  func many() {
    var list = WaitList<Int, Int>()
    for request in 0..<10_000 { list.add(request) { _ in } }
    for request in 0..<5000 { #expect(list.takeFirst()?.request == request) }
    #expect(list.takeAll { $0 % 1000 == 0 }.map(\.request) == [5000, 6000, 7000, 8000, 9000])
    #expect(list.count == 4995 && list.first?.request == 5001)
  }
}
