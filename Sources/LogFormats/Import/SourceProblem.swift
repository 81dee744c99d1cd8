internal import Glibc

/// Why a source as a whole could not be imported: one sentence.
package struct SourceProblem: Error, Sendable, Hashable {
  /// What kind of problem it is.
  package enum Kind: String, Sendable {
    case missing, unreadable, directoryWithoutLogs, empty, binary, compressed, damaged, tooLong
    case unknownFormat, withoutConversation, junk
  }

  package var kind: Kind
  package var sentence: String

  init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  /// Whether nothing is wrong with an import that meets it.
  ///
  /// In a folder there may be anything, and it may be gone by now; only what was named must be a log.
  func isPassedOver(isNamed: Bool) -> Bool {
    switch kind {
    case .withoutConversation: true
    case .empty, .unknownFormat, .missing: !isNamed
    default: false
    }
  }

  init(path: String, errno code: Int32) {
    switch code {
    case ENOENT, ENOTDIR:
      self.init(.missing, "there is no file \(path); check the path")
    case EACCES, EPERM:
      self.init(.unreadable, "\(path) may not be read; change its permissions")
    case ELOOP:
      self.init(.unreadable, "\(path) is a symbolic link in a ring; name the file itself")
    case ENXIO:
      self.init(.unreadable, "\(path) is no file; name one, or - for standard input")
    default:
      self.init(.unreadable, "\(path) cannot be read (\(String(cString: strerror(code))))")
    }
  }
}
