/// How much of a folder is looked at.
///
/// Names that begin with a dot are passed over, except for the homes of agents: of `.codex` the folder
/// `sessions` is looked at, and nothing else, for there are keys and settings beside it. A home may have
/// a name of its own behind a hyphen, as `.claude-work`.
enum Reach: Hashable {
  case nothing
  case all
  /// What lies under these paths, each at least one name long.
  case only([[String]])

  /// How much of an entry is looked at.
  func below(_ name: String) -> Reach {
    switch self {
    case .nothing: return .nothing
    case .all: return Self.top(name)
    case .only(let paths):
      let rests = paths.filter { $0.first == name }.map { Array($0.dropFirst()) }
      return Self.under(rests)
    }
  }

  /// As much as both.
  func joined(with other: Reach) -> Reach {
    switch (self, other) {
    case (.all, _), (_, .all): .all
    case (.nothing, let reach), (let reach, .nothing): reach
    case (.only(let own), .only(let others)): .only(own + others.filter { !own.contains($0) })
    }
  }

  private static func under(_ rests: [[String]]) -> Reach {
    if rests.isEmpty { return .nothing }
    return rests.contains([]) ? .all : .only(rests)
  }

  private static func top(_ name: String) -> Reach {
    if repeated.contains(name) { return .nothing }
    guard name.hasPrefix("."), !hiddenFolders.contains(name) else { return .all }
    let rests = dotHomes.filter { home in
      name == home[0] || name.hasPrefix(home[0] + "-")
    }
    return under(rests.map { Array($0.dropFirst()) })
  }

  /// Folders within the logs of agents whose names begin with a dot.
  private static let hiddenFolders = [".system_generated"]

  /// Folders that repeat what lies beside them.
  private static let repeated = ["event_cache"]

  /// The homes of agents whose paths begin with a dot, by their names below a person's home.
  private static let dotHomes: [[String]] = AgentHomes.places.flatMap { place in
    HomePath(variable: { _ in nil }, home: "", isFolder: { _ in false }).folders(place.path)
      .map { $0.split(separator: "/").map(String.init) }
      .filter { $0.first?.hasPrefix(".") == true }
  }
}
