internal import Glibc

/// Where the agents of a person keep their logs, found as the agents themselves find it: by their
/// own variables first, else below the person's home.
///
/// The formats say where that is.
package struct AgentHomes: Sendable {
  /// A folder that an agent keeps logs in, if it is there.
  package struct Home: Sendable, Hashable {
    /// The agent, as people call it.
    package var agent: String
    package var path: String
    package var isThere: Bool
  }

  /// All folders that were looked for, in the order of the agents' names.
  package private(set) var homes: [Home] = []

  /// Looks for them; `nil` where no home is known to look below.
  ///
  /// `variable` answers the variables of the environment; empty ones are none.
  package init?(_ variable: @escaping @Sendable (String) -> String?) {
    guard let home = variable("HOME") else { return nil }
    let paths = HomePath(variable: variable, home: home, isFolder: Self.isFolder)
    for place in Self.places {
      for path in paths.folders(place.path) where !homes.contains(where: { $0.path == path }) {
        homes.append(Home(agent: place.agent, path: path, isThere: Self.isFolder(path)))
      }
    }
  }

  /// The places that the formats name, agent by agent.
  static let places: [FormatAbout.Home] = LogFormat.all.flatMap(\.about.homes)
    .enumerated()
    .sorted {
      ($0.element.agent.lowercased(), $0.offset) < ($1.element.agent.lowercased(), $1.offset)
    }
    .map(\.element)

  /// The folders that are there.
  package var found: [String] {
    homes.filter { $0.isThere }.map(\.path)
  }

  /// The folders that are not there yet.
  package var missing: [String] {
    homes.filter { !$0.isThere }.map(\.path)
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
