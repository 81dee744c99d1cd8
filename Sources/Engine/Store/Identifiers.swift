/// The row of a run in the tables of a store: stands for the run's name.
package struct RunRowID: RawRepresentable, Sendable, Hashable, Comparable {
  package let rawValue: Int64

  package init(rawValue: Int64) { self.rawValue = rawValue }

  package static func < (lhs: RunRowID, rhs: RunRowID) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// The row of a session in the tables of a store: stands for the session's name.
package struct SessionRowID: RawRepresentable, Sendable, Hashable {
  package let rawValue: Int64

  package init(rawValue: Int64) { self.rawValue = rawValue }
}

/// The number of a generation, 1 to 255: a complete set of derived rows, made by one fold version.
package struct Generation: RawRepresentable, Sendable, Hashable {
  package let rawValue: Int64

  package init(rawValue: Int64) { self.rawValue = rawValue }
}

/// Names one digest: that of a run in a generation.
package struct DigestKey: Sendable, Hashable {
  package let run: RunRowID
  package let generation: Generation

  package init(_ run: RunRowID, _ generation: Generation) {
    self.run = run
    self.generation = generation
  }
}

/// A place in the event log of a store, in the order of the commits: 1 for the first event.
package struct LogPosition: RawRepresentable, Sendable, Hashable, Comparable {
  package let rawValue: Int64

  package init(rawValue: Int64) { self.rawValue = rawValue }

  /// Before the first event.
  package static let start = LogPosition(rawValue: 0)

  package static func < (lhs: LogPosition, rhs: LogPosition) -> Bool { lhs.rawValue < rhs.rawValue }
}
