internal import Support

/// Read-only connections that any thread may borrow for the time of one read.
///
/// Connections are opened as they are needed, up to a limit, and kept. Past the limit a reader
/// waits for another to finish: reads are short and never wait for writers, so that is brief. A
/// read must not start another read of the same pool inside it: at the limit that would be for ever.
package final class ReaderPool: Sendable {
  // Unchecked: the pool hands a connection to one thread at a time.
  private struct Reader: @unchecked Sendable {
    let connection: Connection
  }

  private struct State {
    var idle: [Reader] = []
    var open = 0
    var isClosed = false
  }

  private enum Lease {
    case reader(Reader)
    case openOne
    case closed
  }

  package let path: String
  private let capacity: Int
  private let cacheKiB: Int
  private let state = Locked(State())

  /// Makes a pool for a store that exists.
  ///
  /// `capacity` is how many connections there are at most, `cacheKiB` the page cache of each.
  package init(path: String, capacity: Int = 16, cacheKiB: Int = 2048) {
    self.path = path
    self.capacity = capacity
    self.cacheKiB = cacheKiB
  }

  /// Runs `body` with a connection of its own.
  ///
  /// Statements stepped in it must be reset by its end.
  package func read<R>(_ body: (Connection) throws -> R) throws -> R {
    let reader = try checkOut()
    do {
      let result = try body(reader.connection)
      checkIn(reader)
      return result
    } catch let error as SQLiteError where error.poisonsConnection {
      forgetOne()
      throw error
    } catch {
      checkIn(reader)
      throw error
    }
  }

  /// Runs `body` in one snapshot: all its statements see the same state of the store.
  ///
  /// A snapshot keeps the write-ahead log from being reset, so hold it for a page of rows, never
  /// for a stream.
  package func snapshot<R>(_ body: (Connection) throws -> R) throws -> R {
    try read { connection in
      try connection.statement("BEGIN DEFERRED").run()
      defer {
        // Ending a read cannot fail but on a connection that is lost anyway.
        try? connection.statement("COMMIT").run()
      }
      return try body(connection)
    }
  }

  /// Closes the connections now idle; the others are closed as they come back.
  package func close() {
    let idle = state.withLock { state -> [Reader] in
      state.isClosed = true
      state.open -= state.idle.count
      defer { state.idle = [] }
      return state.idle
    }
    state.broadcast()
    withExtendedLifetime(idle) {}
  }

  private func checkOut() throws -> Reader {
    let lease = state.withLock { Self.lease(&$0, capacity) }
    // Waiting is the rare case, and keeps its closure away from the path that is not.
    switch lease ?? state.waitFor({ state, _ in Self.lease(&state, self.capacity) }) {
    case .reader(let reader):
      return reader
    case .openOne:
      do {
        let connection = try Connection(path: path, mode: .readOnly, cacheKiB: cacheKiB)
        return Reader(connection: connection)
      } catch {
        forgetOne()
        throw error
      }
    case .closed, nil:
      throw StorageError(.closed, "the store is closed; open it again")
    }
  }

  private static func lease(_ state: inout State, _ capacity: Int) -> Lease? {
    if state.isClosed { return .closed }
    if let reader = state.idle.popLast() { return .reader(reader) }
    guard state.open < capacity else { return nil }
    state.open += 1
    return .openOne
  }

  private func checkIn(_ reader: Reader) {
    state.withLock { state in
      if state.isClosed { state.open -= 1 } else { state.idle.append(reader) }
    }
    // Also if another one is idle: the waiter that was woken for that one may not have come for it yet.
    state.signal()
  }

  private func forgetOne() {
    state.withLock { $0.open -= 1 }
    state.signal()
  }
}
