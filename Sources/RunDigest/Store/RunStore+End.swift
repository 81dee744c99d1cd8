internal import Digests
internal import Engine
internal import EventLog
public import Events
public import Folding
internal import Telemetry

extension RunStore {
  /// Ends a run: seals its digest, whatever the cause and however often it is called.
  ///
  /// The first end wins; any later one answers the outcome that is stored, and writes nothing. When
  /// it returns, the digest covers the whole log, the outcome is stamped, and with `.durable` it is
  /// on disk. Costs as much as the events that were not folded yet. A cancelled caller does not
  /// stop it.
  ///
  /// ```
  /// let outcome = try await store.end(run, .init(.crash, reason: "exit 137", exitCode: 137))
  /// ```
  ///
  /// - Throws: ``StoreError`` `notFound` for a run that the store does not know, which is left so;
  ///   `corrupt` when its log or digest cannot be read.
  @discardableResult
  public func end(
    _ run: RunID,
    _ end: RunEnd,
    durability: Durability = .durable
  ) async throws -> Outcome {
    try await self.end(run, end, durability: durability, known: nil)
  }

  /// As above, for one who knows where the run is.
  func end(
    _ run: RunID,
    _ end: RunEnd,
    durability: Durability,
    known: RunReference?
  ) async throws -> Outcome {
    let finalizer = Finalizer(queue: queue, engine: engine, options: options, known: known)
    do {
      return try await telemetry.span("rundigest.finalize", run: run.rawValue) {
        try await FlowTimer.flow("end") { _ in
          try await Task { try await finalizer.end(run, end, durability: durability) }.value
        }
      }
    } catch {
      problems.note(error, "end")
      throw error
    }
  }

  /// Reopens a sealed run; the next end seals it anew.
  ///
  /// A run that runs is left alone. `by` is stored in the event `run.resumed`.
  public func resume(_ run: RunID, by: String? = nil) async throws {
    try await flush(run)
    guard try insight(run).isSealed else { return }
    let event = Event.runResumed(by: by).with(producer: .system)
    try await append([event], to: run, durability: .durable)
    try await flush(run)
  }

  /// Judges what became of a run's task, before its end or after it; the last verdict counts.
  @discardableResult
  public func judge(_ run: RunID, _ verdict: Verdict) async throws -> Outcome {
    var json = JSONWriter()
    json.object { $0.member("state", verdict.rawValue) }
    let event = Event(
      "verdict",
      payload: Payload(unchecked: json.takeBytes()),
      producer: .user
    )
    try await append([event], to: run, durability: .durable)
    try await flush(run)
    return try insight(run).outcome
  }
}
