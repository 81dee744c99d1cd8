extension RunStore {
  /// Makes the index of the log anew from the events themselves: what leads from a run to its events.
  ///
  /// For a store of which ``RunReader/diagnose()`` says that only the index is damaged. Events and
  /// digests stay as they are, and what is beyond a digest is folded then. In one transaction, which
  /// looks at each event without its payload: about half a second for a million, in which nobody else writes.
  ///
  /// - Throws: ``StoreError`` `corrupt`, with nothing changed, where events themselves are missing.
  public func rebuildIndex() async throws {
    try await queue.write(priority: .maintenance, durability: .durable) { try $0.remakeIndex() }
    worker.lookAgain()
  }
}
