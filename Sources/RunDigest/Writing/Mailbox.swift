internal import Storage

/// What an append does while as much waits to be written as the store takes.
public enum WhenFull: Sendable, Hashable {
  /// Waits for room, in the order of arrival.
  case wait
  /// Waits so long for room, and fails as `timedOut` then.
  case waitUpTo(Duration)
  /// Fails at once, as `overloaded`.
  case fail
}

/// The bounds of what is handed over to be written and not yet written: a store that is outrun
/// holds its callers up and does not grow.
///
/// 1. What is inside is at most `eventsMax` events and `bytesMax` bytes, but for one append alone,
///    which may be bigger than that.
/// 2. Room is given in the order of arrival: a big append is not overtaken by small ones for ever.
/// 3. An append leaves when its answer is known, whatever the answer.
final class Mailbox: Sendable {
  private struct Place {
    let id: Int
    let events: Int
    let bytes: Int
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var events = 0
    var bytes = 0
    /// Those that wait are the ones from `start` on; taking from the front moves nothing.
    var line: [Place] = []
    var start = 0
    var nextID = 0
    /// Those on their way into the line, and what ended the wait of one before it was there.
    var entering: [Int: (any Error)?] = [:]
    var eventsHigh = 0
    var bytesHigh = 0
    var refusals = 0

    var isLineEmpty: Bool { start == line.count }
  }

  private let eventsMax: Int
  private let bytesMax: Int
  private let state = Locked(State())

  init(eventsMax: Int, bytesMax: Int) {
    self.eventsMax = max(1, eventsMax)
    self.bytesMax = max(1, bytesMax)
  }

  /// Takes room for an append, which ``leave(events:bytes:)`` gives back.
  func enter(events: Int, bytes: Int, _ whenFull: WhenFull) async throws {
    if state.withLock({ state in
      state.isLineEmpty && self.take(events, bytes, &state)
    }) {
      return
    }
    switch whenFull {
    case .fail:
      state.withLock { $0.refusals += 1 }
      throw StoreError(
        .overloaded,
        "more waits to be written than the store takes; try again later"
      )
    case .wait:
      try await waitInLine(events, bytes, nil)
    case .waitUpTo(let duration):
      try await waitInLine(events, bytes, duration)
    }
  }

  private func waitInLine(_ events: Int, _ bytes: Int, _ duration: Duration?) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      state.entering.updateValue(nil, forKey: state.nextID)
      return state.nextID
    }
    let timer = duration.map { duration in
      Task {
        try await Task.sleep(for: duration)
        self.refuse(
          id,
          StoreError(
            .timedOut,
            "the store had no room for the append within \(duration); try again later"
          )
        )
      }
    }
    defer {
      timer?.cancel()
      // A timer that fires from now on finds nobody.
      state.withLock { _ = $0.entering.removeValue(forKey: id) }
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let place = Place(id: id, events: events, bytes: bytes, continuation: continuation)
        let answer = state.withLock { state -> Result<Void, any Error>? in
          if let error = state.entering[id] ?? nil { return .failure(error) }
          if state.isLineEmpty, self.take(events, bytes, &state) { return .success(()) }
          state.line.append(place)
          return nil
        }
        if let answer { continuation.resume(with: answer) }
      }
    } onCancel: {
      self.refuse(id, CancellationError())
    }
  }

  /// Gives room back.
  func leave(events: Int, bytes: Int) {
    let admitted = state.withLock { state -> [Place] in
      state.events -= events
      state.bytes -= bytes
      return self.admit(&state)
    }
    for place in admitted { place.continuation.resume() }
  }

  /// How much is inside, and how many wait outside.
  var load: (events: Int, bytes: Int, waiting: Int) {
    state.withLock { ($0.events, $0.bytes, $0.line.count - $0.start) }
  }

  /// The most that was ever inside.
  var high: (events: Int, bytes: Int) { state.withLock { ($0.eventsHigh, $0.bytesHigh) } }

  private func refuse(_ id: Int, _ error: any Error) {
    let (place, admitted) = state.withLock { state -> (Place?, [Place]) in
      guard let index = state.line[state.start...].firstIndex(where: { $0.id == id }) else {
        if state.entering[id] != nil { state.entering[id] = .some(error) }
        return (nil, [])
      }
      state.refusals += 1
      let place = state.line.remove(at: index)
      // It may have been the big one that held up those behind it.
      return (place, self.admit(&state))
    }
    place?.continuation.resume(throwing: error)
    for place in admitted { place.continuation.resume() }
  }

  private func admit(_ state: inout State) -> [Place] {
    let first = state.start
    while !state.isLineEmpty {
      let next = state.line[state.start]
      guard take(next.events, next.bytes, &state) else { break }
      state.start += 1
    }
    let admitted = Array(state.line[first..<state.start])
    if state.isLineEmpty || state.start > 1024 {
      state.line.removeFirst(state.start)
      state.start = 0
    }
    return admitted
  }

  private func take(_ events: Int, _ bytes: Int, _ state: inout State) -> Bool {
    let fits = state.events + events <= eventsMax && state.bytes + bytes <= bytesMax
    guard fits || state.events == 0 && state.bytes == 0 else { return false }
    state.events += events
    state.bytes += bytes
    state.eventsHigh = max(state.eventsHigh, state.events)
    state.bytesHigh = max(state.bytesHigh, state.bytes)
    return true
  }
}
