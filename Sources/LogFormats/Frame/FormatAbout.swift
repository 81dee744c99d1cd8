/// What a format says of itself: whose logs it reads, where these are, and what they can tell.
///
/// `digest-ctl formats` prints it, `import --agents` looks where it says, and an import passes over
/// what it names as companions.
package struct FormatAbout: Sendable {
  /// A place where an agent keeps logs.
  package struct Home: Sendable, Hashable {
    /// The agent, as people call it.
    package var agent: String
    /// The folder, as a shell would write it: `${CODEX_HOME:-~/.codex}/sessions`.
    package var path: String

    init(_ agent: String, _ path: String) {
      self.agent = agent
      self.path = path
    }
  }

  /// Files that lie beside the logs and have no conversation in them.
  package struct Companion: Sendable, Hashable {
    /// The name, with `*` for any characters.
    package var name: String
    /// What is in it.
    package var content: String

    init(_ name: String, _ content: String) {
      self.name = name
      self.content = content
    }

    /// Whether a file has this name.
    func isNamed(_ file: String) -> Bool {
      let parts = name.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return file == name }
      return file.utf8.count >= name.utf8.count - 1 && file.hasPrefix(String(parts[0]))
        && file.hasSuffix(String(parts[1]))
    }
  }

  /// What the logs are, for people.
  package var title: String
  /// Where they are; none where the agent writes to wherever it is told.
  package var homes: [Home]
  /// What the logs can tell, a short sentence each.
  package var tells: [String]
  /// What they cannot.
  package var cannotTell: [String]
  package var companions: [Companion]

  init(
    _ title: String,
    homes: [Home] = [],
    tells: [String],
    cannotTell: [String],
    companions: [Companion] = []
  ) {
    self.title = title
    self.homes = homes
    self.tells = tells
    self.cannotTell = cannotTell
    self.companions = companions
  }
}
