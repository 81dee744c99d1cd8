internal import Support

/// Read-only connections that any thread may borrow for the time of one read.
///
/// Connections are opened as they are needed, up to a limit, and kept. Past the limit a reader
/// waits for another to finish: reads are short and never wait for writers, so that is brief. A
/// read must not start another read of the same pool inside it: at the limit that would be for ever.
///
/// A store whose folder cannot be written to, and that has no WAL, is read as a file that never changes
/// (``Connection/Mode/unchanging``): SQLite could not make its own files there. If the store's owner
/// writes to it all the same, the next read opens it again, and a read during the change fails as `busy`.
package final class ReaderPool: Sendable {
  // Unchecked: the pool hands a connection to one thread at a time.
  private struct Reader: @unchecked Sendable {
    let connection: Connection
    /// What the file was like when it was opened as one that never changes.
    let unchanged: UnchangingFile?
  }

  private struct State {
    var idle: [Reader] = []
    var open = 0
    var isClosed = false
    /// When to check next that the store is where it was; in ``MonotonicTime``.
    var nextLook: UInt64 = 0
  }

  /// How often it is checked that the store is where it was.
  private static let lookNanoseconds: UInt64 = 250_000_000

  private enum Lease {
    case reader(Reader)
    case openOne
    case closed
  }

  package let path: String
  private let capacity: Int
  private let cacheKiB: Int
  private let files: StoreFiles?
  private let state = Locked(State())

  /// Makes a pool for a store that exists, which is noted if `files` do not say it.
  ///
  /// `capacity` is how many connections there are at most, `cacheKiB` the page cache of each.
  package init(
    path: String,
    files: StoreFiles? = nil,
    capacity: Int = 16,
    cacheKiB: Int = 2048
  ) {
    self.path = path
    self.files = files ?? (try? StoreFiles(path: path))
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
      try reader.unchanged?.requireUnchanged()
      checkIn(reader)
      return result
    } catch let error as SQLiteError where error.poisonsConnection {
      forgetOne()
      try reader.unchanged?.requireUnchanged()
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

  /// Checks that the store is where it was, if that was not done just now.
  private func requireInPlace() throws {
    guard let files else { return }
    let now = MonotonicTime.now()
    let isDue = state.withLock { state -> Bool in
      guard now >= state.nextLook else { return false }
      state.nextLook = now + Self.lookNanoseconds
      return true
    }
    guard isDue else { return }
    do {
      try files.requireInPlace()
    } catch {
      // The next read looks again at once.
      state.withLock { $0.nextLook = 0 }
      throw error
    }
  }

  private func checkOut() throws -> Reader {
    try requireInPlace()
    let reader = try takeOrOpen()
    guard let unchanged = reader.unchanged, !unchanged.isUnchanged else { return reader }
    return try openInstead()
  }

  /// Opens a connection for one that is given up.
  private func openInstead() throws -> Reader {
    do {
      return try openReader()
    } catch {
      forgetOne()
      throw error
    }
  }

  private func openReader() throws -> Reader {
    let unchanged = UnchangingFile(path: path)
    if let unchanged {
      let connection = try Connection(path: path, mode: .unchanging, cacheKiB: cacheKiB)
      return Reader(connection: connection, unchanged: unchanged)
    }
    let connection = try Connection(path: path, mode: .readOnly, cacheKiB: cacheKiB)
    return Reader(connection: connection, unchanged: nil)
  }

  private func takeOrOpen() throws -> Reader {
    let lease = state.withLock { Self.lease(&$0, capacity) }
    // Waiting is the rare case, and keeps its closure away from the path that is not.
    switch lease ?? state.waitFor({ state, _ in Self.lease(&state, self.capacity) }) {
    case .reader(let reader):
      return reader
    case .openOne:
      return try openInstead()
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
