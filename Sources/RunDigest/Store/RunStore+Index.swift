internal import Engine
internal import EventLog

extension RunStore {
  /// Makes the index of the log again from the events themselves: what leads from a run to its events.
  ///
  /// For a store of which ``RunReader/diagnose()`` says that only the index is damaged. Events and
  /// digests stay as they are, and what is beyond a digest is folded then. In one transaction, which
  /// looks at each event without its payload: about half a second for a million, in which nobody else writes.
  ///
  /// - Throws: ``StoreError`` `corrupt` if events of some runs are missing; the index of these stays as it
  ///   is, that of all others is made again.
  public func rebuildIndex() async throws {
    try requireUndamagedFile()
    let torn = try await queue.write(priority: .maintenance, durability: .durable) {
      try $0.remakeIndex()
    }
    worker.lookAgain()
    guard !torn.isEmpty else { return }
    throw StoreError(
      .corrupt,
      "events are missing in \(Advice.list(torn.map(\.name))), and the index of all other runs is "
        + "rebuilt; \(Advice.renumber)"
    )
  }
}
