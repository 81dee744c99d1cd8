internal import Events
internal import Folding
package import Storage

/// Who started whom: the forest of runs that families are summed over.
///
/// Every run declares at most one parent, the first that its log names. Links are taken in log
/// order, and one that would close a ring is ignored. Folds do not run in log order, so the rule is
/// kept in a form that does not depend on theirs: among all declared links every run has at most
/// one way up, so a ring, once all its links are declared, is exactly one cycle, and the link that
/// closed it is the one with the highest position in the log. That one is not accepted, and what it
/// added to any family while it was is taken away without a trace.
package struct FamilyLinks {
  package let connection: Connection
  package let version: Int64

  private struct Link {
    var child: Int64
    var parent: Int64
    var pos: Int64
    var accepted: Bool
  }

  /// The run itself and its accepted ancestors.
  package func lineage(of run: Int64) throws -> [Int64] {
    var lineage = [run]
    var current = run
    while let link = try link(of: current), link.accepted {
      lineage.append(link.parent)
      current = link.parent
    }
    return lineage
  }

  /// Takes the link that the event at `seq` of `child` declares.
  func declare(child: Int64, parent name: String, seq: Int64) throws {
    guard RunID.problem(in: name) == nil else { return }
    let parent = try runKey(name)
    var new = Link(child: child, parent: parent, pos: try pos(of: child, seq), accepted: true)
    if let closing = try lastLinkOfRing(closedBy: new) {
      new.accepted = closing.child != child
      if new.accepted, closing.accepted {
        // The ring was closed by a link that was folded earlier but logged later.
        try take(familyOf: closing.child, from: closing.parent)
        try store(
          Link(child: closing.child, parent: closing.parent, pos: closing.pos, accepted: false)
        )
      }
    }
    if new.accepted { try put(familyOf: child, under: parent) }
    try store(new)
  }

  /// The link with the highest position in the ring that a new link closes, if it closes one.
  private func lastLinkOfRing(closedBy new: Link) throws -> Link? {
    var last = new
    var current = new.parent
    var seen: Set<Int64> = []
    while current != new.child {
      // Without a way on there is no ring; where the way comes back to itself there is one further
      // up, which this link only leads to.
      guard seen.insert(current).inserted, let link = try link(of: current) else { return nil }
      if link.pos > last.pos { last = link }
      current = link.parent
    }
    return last
  }

  /// Takes a family's sum away from all families above it, as if it had never been there.
  ///
  /// No model of zeros is left. Each of those families has events of its own, since its root declared
  /// a link.
  private func take(familyOf child: Int64, from parent: Int64) throws {
    let sums = RollupStore(connection: connection, generation: generation)
    guard var family = try sums.stored(.family(child)) else { return }
    family.negate()
    for ancestor in try lineage(of: parent) {
      guard var sum = try sums.stored(.family(ancestor)) else { continue }
      sum.merge(family)
      try sums.store(sum.canonical, .family(ancestor))
    }
  }

  /// Adds a family's sum to all families above it.
  private func put(familyOf child: Int64, under parent: Int64) throws {
    let sums = RollupStore(connection: connection, generation: generation)
    guard let family = try sums.stored(.family(child)) else { return }
    for ancestor in try lineage(of: parent) {
      try sums.add(family, to: .family(ancestor))
      let mark = try connection.statement("UPDATE digests SET has_family = 1 WHERE id = ?1")
      try mark.bind(ancestor * 256 + generation, at: 1)
      try mark.run()
    }
  }

  private func link(of child: Int64) throws -> Link? {
    let statement = try connection.statement(
      "SELECT parent, pos, accepted FROM family_links WHERE generation = ?1 AND child = ?2"
    )
    try statement.bind(generation, at: 1)
    try statement.bind(child, at: 2)
    return try statement.firstRow {
      Link(
        child: child,
        parent: $0.int64(at: 0),
        pos: $0.int64(at: 1),
        accepted: $0.int64(at: 2) != 0
      )
    }
  }

  private func store(_ link: Link) throws {
    let statement = try connection.statement(
      """
      INSERT OR REPLACE INTO family_links(generation, child, parent, pos, accepted)
      VALUES (?1, ?2, ?3, ?4, ?5)
      """
    )
    try statement.bind(generation, at: 1)
    try statement.bind(link.child, at: 2)
    try statement.bind(link.parent, at: 3)
    try statement.bind(link.pos, at: 4)
    try statement.bind(link.accepted ? 1 : 0 as Int64, at: 5)
    try statement.run()
  }

  private func pos(of run: Int64, _ seq: Int64) throws -> Int64 {
    try RunIndex(connection).position(of: run, seq: seq) ?? 0
  }

  /// The key of a run, which is made known by its name if it has no events yet.
  private func runKey(_ name: String) throws -> Int64 {
    let find = try connection.statement("SELECT id FROM runs WHERE name = ?1")
    try find.bind(name, at: 1)
    if let key = try find.firstRow({ $0.int64(at: 0) }) { return key }
    let insert = try connection.statement("INSERT INTO runs(name) VALUES (?1)")
    try insert.bind(name, at: 1)
    try insert.run()
    return connection.lastInsertRowID
  }
}
