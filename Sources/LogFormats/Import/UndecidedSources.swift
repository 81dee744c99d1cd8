internal import Events
internal import RunDigest

/// Settles what sources could not know before others were read.
///
/// A fork that was read before the thread it came from, or a log that was read before that of its
/// parent, gives the same in the end as in any other order.
struct UndecidedSources {
  private let store: RunStore

  init(_ store: RunStore) {
    self.store = store
  }

  /// Asks each of the sources again; answers those that are undecided still.
  ///
  /// One that is settled may settle another: it goes on for as long as that happens.
  func settle(_ paths: Set<String>, _ report: inout ImportReport) async throws -> Set<String> {
    var left = paths
    var goesOn = !left.isEmpty
    while goesOn {
      goesOn = false
      for path in left.sorted() where try await settle(path, &report) {
        left.remove(path)
        goesOn = true
      }
    }
    return left
  }

  /// Has a source say what it has yet to say; answers whether it is decided now.
  ///
  /// That is also done for a source whose file is gone, before it was seen at rest.
  func settle(_ path: String, _ report: inout ImportReport) async throws -> Bool {
    var conflicts = 0
    while true {
      guard let cursor = try store.importCursor(of: path),
        var source = RememberedSource(cursor)
      else { return true }
      let lookUp = FactLookUp(store)
      var sink = lookUp.makeSink()
      source.importer.atRest(into: &sink)
      try lookUp.check()
      do {
        try await source.store(sink, in: store, &report)
        return !source.importer.isUndecided
      } catch is ImportConflict {
        conflicts += 1
        try ImportPipe.requirePatience(conflicts)
      }
    }
  }
}
