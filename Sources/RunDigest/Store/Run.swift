internal import Digests
internal import Engine
internal import EventLog
public import Events
public import Folding
internal import Support

/// A run of a store, looked up once and handed on.
///
/// ```swift
/// let run = try store.run("agent-7", session: "s-1")
/// try await run.append([.turnStart(id: "t1"), .toolCall(id: "c1", name: "bash")])
/// let outcome = try await run.end(.crash, reason: "exit 137")
/// ```
///
/// What the handle knows, that there is such a run or that there is none, it does not look up
/// again: reads go by the run's number. A handle that was made before the run learns of it by its
/// own first append; ``refresh()`` is for a run that somebody else may have begun since.
public final class Run: Sendable {
  private struct Known {
    var reference: RunReference?
    /// The highest seq that is known to be folded: a barrier up to there costs nothing.
    var folded: Int64 = 0
  }

  /// The name of the run.
  public let id: RunID
  /// The session that its events belong to unless they name another.
  public let session: String?
  /// The store that it is in.
  public let store: RunStore
  private let known: Locked<Known>

  init(_ id: RunID, session: String?, store: RunStore, reference: RunReference?) {
    self.id = id
    self.session = session
    self.store = store
    known = Locked(Known(reference: reference))
  }

  /// Whether the store has such a run, as far as this handle knows.
  public var exists: Bool { reference != nil }

  var reference: RunReference? { known.withLock { $0.reference } }

  /// Looks once more whether the store has the run.
  public func refresh() throws {
    guard reference == nil else { return }
    let found = try store.reference(of: id)
    known.withLock { $0.reference = $0.reference ?? found }
  }

  // MARK: Writing

  /// Appends events: all of them, in their order, or none.
  ///
  /// Those that name no session get the handle's. See
  /// ``RunStore/append(_:to:expecting:durability:whenFull:)``.
  @discardableResult
  public func append(
    _ events: [Event],
    expecting: ExpectedHead = .any,
    durability: Durability = .committed,
    whenFull: WhenFull = .wait
  ) async throws -> AppendReceipt {
    let receipt = try await store.append(
      session.map { session in events.map { $0.session == nil ? $0.with(session: session) : $0 } }
        ?? events,
      to: id,
      expecting: expecting,
      durability: durability,
      whenFull: whenFull
    )
    if let row = receipt.run {
      known.withLock { known in
        if known.reference == nil {
          known.reference = RunReference(row: row, name: id.rawValue)
        }
      }
    }
    return receipt
  }

  /// Appends one event.
  @discardableResult
  public func append(
    _ event: Event,
    durability: Durability = .committed
  ) async throws -> AppendReceipt {
    try await append([event], durability: durability)
  }

  /// Ends the run, whatever the cause and however often it is called: one seal.
  ///
  /// ```swift
  /// let outcome = try await run.end(.crash, reason: "exit 137", exitCode: 137)
  /// ```
  ///
  /// See ``RunStore/end(_:_:durability:)``.
  @discardableResult
  public func end(
    _ cause: EndCause,
    reason: String? = nil,
    by: String? = nil,
    exitCode: Int64? = nil,
    verdict: Verdict? = nil,
    durability: Durability = .durable
  ) async throws -> Outcome {
    let end = RunEnd(cause, by: by, reason: reason, exitCode: exitCode, verdict: verdict)
    return try await store.end(id, end, durability: durability, known: reference)
  }

  /// Reopens the run if it is sealed.
  public func resume(by: String? = nil) async throws {
    try await store.resume(id, by: by)
  }

  /// Judges what became of its task; the last verdict counts, also after the end.
  @discardableResult
  public func judge(_ verdict: Verdict) async throws -> Outcome {
    try await store.judge(id, verdict)
  }

  // MARK: Barriers

  /// Waits until the log up to `seq`, or up to its present end, is folded.
  ///
  /// Free, without any read, up to what the handle has seen folded before.
  ///
  /// - Throws: What the fold failed with that was begun for this wait; never what an earlier one
  ///   failed with.
  public func flush(through seq: Int64? = nil) async throws {
    guard let reference else { return }
    if let seq, known.withLock({ $0.folded >= seq }) { return }
    let target = try seq ?? store.read { try $0.tables.head(of: reference.row) }
    try await store.worker.waitUntilFolded(reference.row, seq: target)
    known.withLock { $0.folded = max($0.folded, target) }
  }

  /// Waits until the run is sealed, however far that is, and gives its outcome.
  public func sealed() async throws -> Outcome {
    try await store.sealed(id, known: reference)
  }

  /// What the handle knows, or that there is no such run.
  func require() throws -> RunReference {
    guard let reference else { throw StoreError.noRun(id.rawValue) }
    return reference
  }
}

extension RunStore {
  /// Looks a run up, once: the handle is for handing on, and a run that is not there yet begins
  /// with the handle's first append.
  ///
  /// ```swift
  /// let run = try store.run("agent-7", session: "s-1")
  /// ```
  ///
  /// - Throws: ``StoreError`` `invalidArgument` for a name that no run can have.
  public func run(_ name: String, session: String? = nil) throws -> Run {
    let id = try StoreError.translating { try RunID(name) }
    return try Run(id, session: session, store: self, reference: reference(of: id))
  }

  /// One look-up of a name, unless the store knows it.
  func reference(of id: RunID) throws -> RunReference? {
    if let known = known.reference(to: id.rawValue) { return known }
    lookups.add()
    return try read { try $0.tables.run(named: id.rawValue) }
  }
}
