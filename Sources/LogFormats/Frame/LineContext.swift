package import Events

/// What the events of one line have in common: it is filled in once for each line.
package struct LineContext: Sendable {
  /// The number of the line in its source, from 1.
  package var number = 0
  /// The line's own id, unique in its run; the ids of its events begin with it.
  package var id = ""
  /// When it happened; `nil` where the line has no time.
  package var ts: Timestamp?
  /// The session that it belongs to; `nil` for that of the run.
  package var session: String?

  package init(number: Int = 0, id: String = "", ts: Timestamp? = nil, session: String? = nil) {
    self.number = number
    self.id = id
    self.ts = ts
    self.session = session
  }

  /// The id of one of the line's events.
  package func id(_ part: String?) -> String {
    guard let part else { return id }
    return id + "/" + part
  }
}
