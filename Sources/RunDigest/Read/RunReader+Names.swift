internal import Digests
internal import Engine
internal import Events

/// Names that people typed, which may be cut to any prefix that only one name has.
extension RunReader {
  /// The run that a name, or the beginning of one, means.
  ///
  /// The exact name comes first, then the names that begin so, then those whose part behind the
  /// format (`claude-code:`) begins so.
  ///
  /// - Throws: ``StoreError``: `notFound` when no name fits, `invalidArgument` when several do.
  public func resolveRun(_ text: String) throws -> RunID {
    let found = try read { reads -> [String] in
      if try reads.tables.run(named: text) != nil { return [text] }
      guard !text.isEmpty else { return [] }
      let names = try reads.tables.runNames(prefix: text, limit: Self.candidatesMax + 1)
      if !names.isEmpty { return names }
      return try reads.tables.runNames(prefixBehindColon: text, limit: Self.candidatesMax + 1)
    }
    return try RunID(
      try Self.only(found, typed: text, what: "run", hint: "digest-ctl runs lists those there are")
    )
  }

  /// The session that a name, or the beginning of one, means.
  ///
  /// - Throws: ``StoreError``: `notFound` when no name fits, `invalidArgument` when several do.
  public func resolveSession(_ text: String) throws -> String {
    let found = try read { reads -> [String] in
      let names = try reads.tables.sessionNames(prefix: text, limit: Self.candidatesMax + 1)
      return names.contains(text) ? [text] : text.isEmpty ? [] : names
    }
    return try Self.only(
      found,
      typed: text,
      what: "session",
      hint: "the insight of a run names its session"
    )
  }

  private static let candidatesMax = 5

  private static func only(
    _ found: [String],
    typed text: String,
    what: String,
    hint: String
  ) throws -> String {
    if found.count == 1 { return found[0] }
    guard !found.isEmpty else {
      throw StoreError(.notFound, "there is no \(what) \(text); \(hint)")
    }
    let listed = found.prefix(candidatesMax).joined(separator: ", ")
    let more = found.count > candidatesMax ? " and more" : ""
    throw StoreError(
      .invalidArgument,
      "\(text) is the beginning of several \(what)s: \(listed)\(more); give more of the name"
    )
  }
}
