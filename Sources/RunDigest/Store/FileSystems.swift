internal import Storage

/// What file systems can be relied on for.
package enum FileSystems {
  /// Whether a folder may be changed by other machines, of which this one's kernel knows nothing.
  package static func isShared(_ folder: String) -> Bool {
    StorageFile.isNetwork(StorageFile.kindOfFileSystem(of: folder))
  }
}
