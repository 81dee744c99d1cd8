internal import Events

/// What a log says of a run as a whole: the members of `run.started`.
struct RunFacts: Codable, Hashable {
  /// The engine, for example `claude-code`.
  var agent: String?
  var model: String?
  /// The folder that the agent works in, as the log spells it.
  var project: String?
  var host: String?
  /// The run that called this one.
  var parent: RunID?
  /// The run whose history this one begins with.
  var forkedFrom: RunID?
  var title: String?
  var repository: String?
  var branch: String?
  var commit: String?
  /// The kind of helper that the run is.
  var agentType: String?
  var team: String?
  /// The version of the agent's program.
  var version: String?
  /// What started the program: a terminal, an editor, another program.
  var entrypoint: String?

  init(
    agent: String? = nil,
    model: String? = nil,
    project: String? = nil,
    parent: RunID? = nil,
    title: String? = nil
  ) {
    self.agent = agent
    self.model = model
    self.project = project
    self.parent = parent
    self.title = title
  }

  /// The same facts with the folder in its one spelling; a worktree's name stands for a branch that
  /// the log does not name.
  var spelled: RunFacts {
    guard let project else { return self }
    let folder = ProjectPath(project)
    var facts = self
    facts.project = folder.path
    facts.branch = branch ?? folder.worktree
    return facts
  }

  /// The facts that are new or other than what was told before.
  func news(since told: RunFacts) -> RunFacts {
    var news = RunFacts()
    for field in Self.fields where self[keyPath: field] != nil {
      if self[keyPath: field] != told[keyPath: field] {
        news[keyPath: field] = self[keyPath: field]
      }
    }
    if parent != nil, told.parent == nil { news.parent = parent }
    if forkedFrom != nil, told.forkedFrom == nil { news.forkedFrom = forkedFrom }
    return news
  }

  /// These facts, and those of `told` where these say nothing.
  func merged(over told: RunFacts) -> RunFacts {
    var merged = told
    for field in Self.fields where self[keyPath: field] != nil {
      merged[keyPath: field] = self[keyPath: field]
    }
    merged.parent = told.parent ?? parent
    merged.forkedFrom = told.forkedFrom ?? forkedFrom
    return merged
  }

  private static var fields: [WritableKeyPath<RunFacts, String?>] {
    [
      \.agent, \.model, \.project, \.host, \.title, \.repository, \.branch, \.commit, \.agentType,
      \.team, \.version, \.entrypoint,
    ]
  }

  var isEmpty: Bool { self == RunFacts() }

  func write(to json: inout JSONWriter) {
    json.member("agent", ifPresent: agent)
    json.member("model", ifPresent: model)
    json.member("project", ifPresent: project)
    json.member("host", ifPresent: host)
    json.member("parent_run", ifPresent: parent?.rawValue)
    json.member("forked_from", ifPresent: forkedFrom?.rawValue)
    json.member("title", ifPresent: title)
    json.member("repository", ifPresent: repository)
    json.member("branch", ifPresent: branch)
    json.member("commit", ifPresent: commit)
    json.member("agent_type", ifPresent: agentType)
    json.member("team", ifPresent: team)
    json.member("version", ifPresent: version)
    json.member("entrypoint", ifPresent: entrypoint)
  }
}
