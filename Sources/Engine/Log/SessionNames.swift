/// The names of sessions by their rows, read once each.
package final class SessionNames {
  // Sessions are never renamed, so an entry stays right; only their number has to be bounded.
  private static let namesMax = 4096

  private var names: [SessionRowID: String] = [:]
  // Nearly every event has the session of the one before.
  private var last: (session: SessionRowID, name: String)?

  package init() {}

  /// The name of a session, which is looked up the first time.
  ///
  /// - Throws: ``StoreError`` `corrupt` for a row that is not there.
  package func name(
    of session: SessionRowID,
    lookUp: (SessionRowID) throws -> String?
  ) throws -> String {
    if let last, last.session == session { return last.name }
    let name = try known(session, lookUp)
    last = (session, name)
    return name
  }

  private func known(
    _ session: SessionRowID,
    _ lookUp: (SessionRowID) throws -> String?
  ) throws -> String {
    if let name = names[session] { return name }
    guard let name = try lookUp(session) else {
      throw StoreError(
        .corrupt,
        "an event names session \(session.rawValue), which is not in the store; run digest-ctl doctor"
      )
    }
    if names.count >= Self.namesMax { names.removeAll(keepingCapacity: true) }
    names[session] = name
    return name
  }
}
