package import Engine
internal import Folding

/// Reads what a fold of one run needs: its digest, the tail of its log and its open rows, in one
/// snapshot.
package struct FoldReader {
  package let tables: any EngineSnapshot
  /// The digest whose rows are asked; `nil` for a fold from the start of the run, of which there are none.
  private let key: DigestKey?
  private let run: RunRowID
  /// Whether there is any permission at all; most runs never have one.
  private var hasPermissions: Bool?

  /// Reads for a fold that goes on from a digest.
  package init(_ tables: any EngineSnapshot, of key: DigestKey) {
    self.tables = tables
    self.key = key
    run = key.run
  }

  /// Reads for a fold from the start of a run: what it asks for is never there.
  package init(_ tables: any EngineSnapshot, fromTheStartOf run: RunRowID) {
    self.tables = tables
    key = nil
    self.run = run
  }

  /// Folds the tail of a run up to a limit of events and bytes.
  ///
  /// - Throws: What the first event failed with; a later one only ends the batch before it.
  package mutating func step(
    _ cached: CachedFold,
    limit: FoldLimit,
    sessions: SessionNames
  ) throws -> (events: Int, isCut: Bool) {
    var events = 0
    var bytes = 0
    var isBroken = false
    let through = try tables.forEachFoldEvent(
      of: run,
      after: cached.fold.watermark,
      limit: limit.events,
      sessions: sessions
    ) { event in
      do {
        try step(&cached.fold, event)
      } catch is FoldError where events > 0 {
        isBroken = true
        return false
      }
      events += 1
      bytes += event.payload.count
      return bytes < limit.bytes
    }
    if bytes < limit.bytes, through != cached.fold.watermark {
      // The log promised more: of no event in particular, for all that there were went in.
      isBroken = true
      if events == 0 {
        throw FoldError.gap(expected: cached.fold.watermark + 1, found: through)
      }
    }
    return (events, isBroken || events >= limit.events || bytes >= limit.bytes)
  }

  private mutating func step(_ fold: inout RunFold, _ event: FoldEvent) throws {
    let needs = fold.prepare(event)
    if let id = needs.id {
      fold.supply(
        call: try key.flatMap { try tables.call(id: id, of: $0) },
        permission: try permission(id)
      )
    }
    if needs.open {
      fold.supplyOpen(
        calls: try key.map { try tables.openCalls(of: $0) } ?? [],
        permissions: try key.map { try tables.openPermissions(of: $0) } ?? []
      )
    }
    var usage = needs.usage
    while let id = usage {
      // Returns the id of the next one that is needed.
      usage = try tables.withUsage(id: id, of: run) { fold.supply(usage: $0) }
    }
    try fold.step(event)
  }

  private mutating func permission(_ id: String) throws -> Permission? {
    guard let key else { return nil }
    let hasAny = try hasPermissions ?? tables.hasPermissions(key)
    hasPermissions = hasAny
    return hasAny ? try tables.permission(id: id, of: key) : nil
  }
}

/// How much of a tail one batch takes.
package struct FoldLimit: Sendable {
  package var events: Int
  /// A batch ends with the event that reaches this many payload bytes.
  package var bytes: Int

  package init(events: Int, bytes: Int) {
    self.events = events
    self.bytes = bytes
  }

  package static let slice = FoldLimit(events: 256, bytes: 4 << 20)
  package static let bulk = FoldLimit(events: 2048, bytes: 16 << 20)
}
