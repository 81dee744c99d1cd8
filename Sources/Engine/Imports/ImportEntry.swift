package import Events

/// An event that an import brings, with what its source claims for it.
package struct ImportEntry: Sendable {
  package var run: RunID
  /// The seq that the source claims, if it claims one.
  package var seq: Int64?
  package var event: Event

  package init(run: RunID, seq: Int64? = nil, event: Event) {
    self.run = run
    self.seq = seq
    self.event = event
  }
}

/// A change of what the sources of an import know of each other.
///
/// It is written only if the store still has the value that the importer read before.
package struct ImportFact: Sendable, Hashable {
  package var key: String
  /// What the store has now; `nil` for nothing.
  package var before: String?
  /// What it has to have afterwards; `nil` for nothing.
  package var after: String?

  package init(key: String, before: String?, after: String?) {
    self.key = key
    self.before = before
    self.after = after
  }
}

/// What became of an event that an import brought.
package enum ImportOutcome: Sendable, Hashable {
  /// It is in the log now, under this seq.
  case appended(Int64)
  /// It was there before.
  case duplicate(Int64)
  /// It can't be taken: one sentence that says why.
  case refused(String)
}

/// How far a source was read.
package struct ImportCursor: Sendable, Hashable {
  /// The path of the file, absolute and without symbolic links.
  package var path: String
  package var device: Int64
  package var inode: Int64
  package var size: Int64
  /// In nanoseconds; 0 before the end of the file was read.
  package var mtime: Int64
  /// What is before it was read; the beginning of a line.
  package var offset: Int64
  /// Of the bytes before the offset, to tell a file that grew from one that was written anew.
  package var prefixHash: [UInt8]
  /// How often the source was read from its beginning.
  package var incarnation: Int64
  /// What the importer has to remember.
  package var state: [UInt8]

  /// Whether the file was read to its end, as it was then.
  package var wasReadWhole: Bool { mtime != 0 }

  package init(
    path: String,
    device: Int64,
    inode: Int64,
    size: Int64,
    mtime: Int64,
    offset: Int64 = 0,
    prefixHash: [UInt8] = [],
    incarnation: Int64 = 1,
    state: [UInt8] = []
  ) {
    self.path = path
    self.device = device
    self.inode = inode
    self.size = size
    self.mtime = mtime
    self.offset = offset
    self.prefixHash = prefixHash
    self.incarnation = incarnation
    self.state = state
  }
}

/// A source that has another name now.
package struct ImportMove: Sendable {
  /// How far it was read under its old name.
  package var cursor: ImportCursor
  package var to: String

  package init(cursor: ImportCursor, to: String) {
    self.cursor = cursor
    self.to = to
  }
}

/// How an import deals with what is there already.
package struct ImportRules: Sendable {
  /// An event with an id that its run has already is passed over, whatever its body.
  package var keepsFirst: Bool
  /// A run that an import had ended is resumed by the next new event that shows it at work.
  package var resumesSealed: Bool
  /// The name under which imports end runs.
  package static let name = "importer"

  package init(keepsFirst: Bool, resumesSealed: Bool = false) {
    self.keepsFirst = keepsFirst
    self.resumesSealed = resumesSealed
  }
}

/// Another import was faster: what was read is void, and to be read again from the cursor.
///
/// It read on in the same source, or changed a fact that this one goes by.
package struct ImportConflict: Error, Sendable {
  package init() {}
}

/// How far a source was read: before a batch, as the store must still have it, and after it.
package struct ImportStep: Sendable {
  package var before: ImportCursor?
  package var after: ImportCursor

  package init(from before: ImportCursor?, to after: ImportCursor) {
    self.before = before
    self.after = after
  }
}
