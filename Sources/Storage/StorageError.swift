/// A reason of this store's own, not SQLite's, for not opening or not writing a file.
package struct StorageError: Error, Sendable, CustomStringConvertible {
  /// What kind of reason.
  package enum Code: Sendable, Hashable {
    /// There is no file of that name and none was to be created.
    case missing
    /// The path is a folder, a symbolic link or a device, or has a form that no file can have.
    case notAFile
    /// The folder or file cannot be written, or its system call failed.
    case unwritable
    /// The file system does not keep locks between machines.
    case networkFileSystem
    /// The file is no SQLite database, or belongs to another program.
    case foreign
    /// The file was written by a newer version of this program.
    case newerSchema
    /// The file has an older schema, and opening it for reading must not change it.
    case olderSchema
    /// The file has a second name, under which other programs may use it.
    case secondName
    /// The file was deleted, moved or replaced while it was open.
    case moved
    /// The disk has no space, or no inodes, left.
    case full
    /// Another process held the write gate for longer than we wait.
    case gateBusy
    /// The connection or pool was closed.
    case closed
    /// What the file says contradicts itself.
    case corrupt
  }

  package let code: Code
  /// One sentence: what went wrong and what to do.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
