internal import Engine
internal import Support

/// What an append does while the append budget is used up.
public enum WhenFull: Sendable, Hashable {
  /// Waits for room, in the order of arrival.
  case wait
  /// Waits that long for room, and then fails as `timedOut`.
  case waitUpTo(Duration)
  /// Fails at once, as `overloaded`.
  case fail
}

/// The bounds of what waits to be written: an overrun store holds its callers up and does not grow.
///
/// 1. The admitted appends have at most `eventsMax` events and `bytesMax` bytes. One append alone may
///    be bigger than that.
/// 2. Appends are admitted in the order of arrival: small ones do not overtake a big one.
/// 3. An append leaves when its result is known, whatever the result is.
package final class AppendBudget: Sendable {
  private struct Size {
    let events: Int
    let bytes: Int
  }

  private struct State {
    var events = 0
    var bytes = 0
    var waiting = WaitList<Size, Void>()
    var eventsHigh = 0
    var bytesHigh = 0
  }

  private let eventsMax: Int
  private let bytesMax: Int
  private let state = Locked(State())

  package init(eventsMax: Int, bytesMax: Int) {
    self.eventsMax = max(1, eventsMax)
    self.bytesMax = max(1, bytesMax)
  }

  /// Admits an append; ``leave(events:bytes:)`` must follow.
  package func enter(events: Int, bytes: Int, _ whenFull: WhenFull) async throws {
    let size = Size(events: events, bytes: bytes)
    if state.withLock({ $0.waiting.isEmpty && self.take(size, &$0) }) { return }
    switch whenFull {
    case .fail:
      throw StoreError(
        .overloaded,
        "the append queue is full (\(eventsMax) events or \(bytesMax >> 20) MiB); retry later"
      )
    case .wait: try await wait(size, nil)
    case .waitUpTo(let duration): try await wait(size, duration)
    }
  }

  private func wait(_ size: Size, _ duration: Duration?) async throws {
    do {
      try await state.wait(in: \.waiting, for: size, within: duration) { state in
        state.waiting.isEmpty && self.take(size, &state) ? .success(()) : nil
      }
    } catch {
      // It may have been a big one that held up those behind it.
      admit()
      guard let duration, error is WaitTimedOut else { throw error }
      throw StoreError(
        .timedOut,
        "the append queue stayed full for \(duration); retry later"
      )
    }
  }

  /// Gives an append's room back.
  package func leave(events: Int, bytes: Int) {
    state.withLock { state in
      state.events -= events
      state.bytes -= bytes
    }
    admit()
  }

  /// The size of the admitted appends, and how many callers wait.
  package var load: (events: Int, bytes: Int, waiting: Int) {
    state.withLock { ($0.events, $0.bytes, $0.waiting.count) }
  }

  /// The most that was ever admitted.
  package var high: (events: Int, bytes: Int) { state.withLock { ($0.eventsHigh, $0.bytesHigh) } }

  private func admit() {
    let admitted = state.withLock { state -> [WaitList<Size, Void>.Waiter] in
      var admitted: [WaitList<Size, Void>.Waiter] = []
      while let next = state.waiting.first, self.take(next.request, &state) {
        if let waiter = state.waiting.takeFirst() { admitted.append(waiter) }
      }
      return admitted
    }
    for waiter in admitted { waiter.resume(returning: ()) }
  }

  private func take(_ size: Size, _ state: inout State) -> Bool {
    let fits = state.events + size.events <= eventsMax && state.bytes + size.bytes <= bytesMax
    guard fits || state.events == 0 && state.bytes == 0 else { return false }
    state.events += size.events
    state.bytes += size.bytes
    state.eventsHigh = max(state.eventsHigh, state.events)
    state.bytesHigh = max(state.bytesHigh, state.bytes)
    return true
  }
}
