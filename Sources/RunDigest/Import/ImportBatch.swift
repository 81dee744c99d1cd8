internal import Engine

/// What one transaction of an import stores.
struct ImportBatch: Sendable {
  let entries: [ImportEntry]
  let facts: [ImportFact]
  /// The lines that could not be read.
  let unread: UnreadLines?
  /// How far the source was read; `nil` for one that has no cursor.
  let step: ImportStep?
  let rules: ImportRules
}
