/// What imports have left in the store.
package protocol ImportSnapshot {
  /// How far a source was read; `nil` if it never was.
  func importCursor(of path: String) throws -> ImportCursor?

  /// The sources that were read, and which files they were.
  func importedSources() throws -> [ImportedSource]

  /// What the sources of imports have left under a key; `nil` for nothing.
  func importFact(_ key: String) throws -> String?

  /// How many lines are in quarantine, and of how many sources.
  func quarantinedLineCount() throws -> (lines: Int64, sources: Int64)

  /// The first lines in quarantine, by source and line.
  func quarantinedLines(limit: Int) throws -> [QuarantinedLine]
}

/// The writes of an import.
package protocol ImportTransaction: ImportSnapshot {
  /// Writes how far a source was read, in place of what its path had.
  func save(_ cursor: ImportCursor) throws

  /// Forgets how far a source was read.
  func removeImportCursor(of path: String) throws

  /// Writes a fact; `nil` removes it.
  func saveImportFact(_ value: String?, under key: String) throws

  /// Keeps lines of a source that could not be read and are not kept yet, up to a bound.
  func quarantine(_ lines: [UnreadLine], of source: String) throws

  /// Forgets what was wrong with a file itself: it is read on.
  func forgetDamage(of source: String) throws
}

/// A file that was read.
package struct ImportedSource: Sendable, Hashable {
  package let path: String
  package let device: Int64
  package let inode: Int64

  package init(path: String, device: Int64, inode: Int64) {
    self.path = path
    self.device = device
    self.inode = inode
  }
}
