/// What messages advise for a damaged store, and the lists of runs in them.
package enum Advice {
  /// For damage to the event log.
  package static let renumber =
    "restore a backup, or export the events and import them into a new store with --renumber"

  /// Names with commas between them, ten at most.
  package static func list(_ names: some Sequence<String>, of count: Int64? = nil) -> String {
    let all = Array(names.prefix(11))
    let text = all.prefix(10).joined(separator: ", ")
    return all.count > 10 || (count ?? 0) > Int64(all.count) ? text + ", …" : text
  }
}
