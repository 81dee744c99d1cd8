package import Engine
internal import Events
internal import Folding

/// Who started whom: the forest of runs that families are summed over.
///
/// Every run declares at most one parent, the first that its log names. Links are taken in log
/// order, and one that would close a ring is ignored. Folds do not run in log order, so the rule is
/// kept in a form that does not depend on theirs: among all declared links every run has at most
/// one way up, so a ring, once all its links are declared, is exactly one cycle, and the link that
/// closed it is the one with the highest position in the log. That one is not accepted, and what it
/// added to any family while it was is taken away without a trace.
package struct FamilyLinks {
  private let tables: any EngineTransaction
  private let generation: Generation

  package init(_ tables: any EngineTransaction, _ generation: Generation) {
    self.tables = tables
    self.generation = generation
  }

  /// The run itself and its accepted ancestors.
  package func lineage(of run: RunRowID) throws -> [RunRowID] {
    var lineage = [run]
    var current = run
    while let link = try link(of: current), link.isAccepted {
      lineage.append(link.parent)
      current = link.parent
    }
    return lineage
  }

  /// Takes the link that the event at `seq` of `child` declares.
  func declare(child: RunRowID, parent name: String, seq: Int64) throws {
    guard RunID.problem(in: name) == nil else { return }
    let parent = try tables.runRow(named: name)
    let position = try tables.position(of: child, seq: seq) ?? .start
    var new = FamilyLink(child: child, parent: parent, position: position, isAccepted: true)
    if var closing = try lastLinkOfRing(closedBy: new) {
      new.isAccepted = closing.child != child
      if new.isAccepted, closing.isAccepted {
        // The ring was closed by a link that was folded earlier but logged later.
        try take(familyOf: closing.child, from: closing.parent)
        closing.isAccepted = false
        try tables.store(closing, in: generation)
      }
    }
    if new.isAccepted { try put(familyOf: child, under: parent) }
    try tables.store(new, in: generation)
  }

  /// The link with the highest position in the ring that a new link closes, if it closes one.
  private func lastLinkOfRing(closedBy new: FamilyLink) throws -> FamilyLink? {
    var last = new
    var current = new.parent
    var seen: Set<RunRowID> = []
    while current != new.child {
      // No parent: no ring. A repeated run: a ring among the ancestors that this link is not in.
      guard seen.insert(current).inserted, let link = try link(of: current) else { return nil }
      if link.position > last.position { last = link }
      current = link.parent
    }
    return last
  }

  /// Takes a family's sum away from all families above it, as if it had never been there.
  ///
  /// No model of zeros is left. Each of those families has events of its own, since its root declared
  /// a link.
  private func take(familyOf child: RunRowID, from parent: RunRowID) throws {
    guard var family = try tables.rollup(.family(child), in: generation) else { return }
    family.negate()
    for ancestor in try lineage(of: parent) {
      guard var sum = try tables.rollup(.family(ancestor), in: generation) else { continue }
      sum.merge(family)
      try tables.store(sum.canonical, .family(ancestor), in: generation)
    }
  }

  /// Adds a family's sum to all families above it.
  private func put(familyOf child: RunRowID, under parent: RunRowID) throws {
    guard let family = try tables.rollup(.family(child), in: generation) else { return }
    for ancestor in try lineage(of: parent) {
      try Rollups(tables, generation).add(family, to: .family(ancestor))
      try tables.markFamily(of: DigestKey(ancestor, generation))
    }
  }

  private func link(of child: RunRowID) throws -> FamilyLink? {
    try tables.familyLink(of: child, in: generation)
  }
}
