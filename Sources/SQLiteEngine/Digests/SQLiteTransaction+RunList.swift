internal import Engine
internal import Events
internal import Folding
internal import Storage

/// The narrow rows that lists of runs read, written with their digests.
extension SQLiteTransaction {
  /// Writes the row of a digest that was just made, over one that a lost digest may have left.
  func insertListRow(_ key: DigestKey, _ digest: Digest) throws {
    let columns = ListColumns(digest)
    let labels = try labels(of: digest, columns)
    try connection.statement(
      """
      INSERT OR REPLACE INTO run_list(id, generation, sealed, first_ts, last_ts, span, errors, tokens, cost_nano,
        weight, usage, models, session, status, agent, agent_type, model, tags, project, repository,
        branch, host, team)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    ).run(
      key,
      key.generation,
      digest.isSealed,
      digest.firstTs?.microseconds,
      digest.lastTs?.microseconds,
      digest.totals.time.spanMicros,
      columns.errors,
      columns.tokens,
      digest.totals.cost.value,
      columns.weight,
      columns.usage,
      labels.models,
      labels.session,
      labels.status,
      labels.agent,
      labels.agentType,
      labels.model,
      labels.tags,
      labels.project,
      labels.repository,
      labels.branch,
      labels.host,
      labels.team
    )
  }

  /// Writes what changed in the row of a digest.
  ///
  /// In three statements: SQLite writes each index of a column that an UPDATE names, whether it changes
  /// or not.
  func updateListRow(_ key: DigestKey, _ digest: Digest) throws {
    let columns = ListColumns(digest)
    let labels = try labels(of: digest, columns)
    try connection.statement("UPDATE run_list SET last_ts = ?, span = ? WHERE id = ?")
      .run(digest.lastTs?.microseconds, digest.totals.time.spanMicros, key)
    // A damaged store may lack the row.
    guard connection.changes == 1 else { return try insertListRow(key, digest) }
    try connection.statement(
      """
      UPDATE run_list SET tokens = ?1, cost_nano = ?2, weight = ?3, usage = ?4, models = ?5
      WHERE id = ?6 AND (usage IS NOT ?4 OR cost_nano IS NOT ?2 OR models IS NOT ?5)
      """
    ).run(
      columns.tokens,
      digest.totals.cost.value,
      columns.weight,
      columns.usage,
      labels.models,
      key
    )
    try connection.statement(
      """
      UPDATE run_list SET sealed = ?1, first_ts = ?2, errors = ?3, session = ?4, status = ?5, agent = ?6,
        agent_type = ?7, model = ?8, tags = ?9, project = ?10, repository = ?11, branch = ?12,
        host = ?13, team = ?14
      WHERE id = ?15 AND (sealed IS NOT ?1 OR first_ts IS NOT ?2 OR errors IS NOT ?3
        OR session IS NOT ?4 OR status IS NOT ?5 OR agent IS NOT ?6 OR agent_type IS NOT ?7
        OR model IS NOT ?8 OR tags IS NOT ?9 OR project IS NOT ?10 OR repository IS NOT ?11
        OR branch IS NOT ?12 OR host IS NOT ?13 OR team IS NOT ?14)
      """
    ).run(
      digest.isSealed,
      digest.firstTs?.microseconds,
      columns.errors,
      labels.session,
      labels.status,
      labels.agent,
      labels.agentType,
      labels.model,
      labels.tags,
      labels.project,
      labels.repository,
      labels.branch,
      labels.host,
      labels.team,
      key
    )
  }

  /// The numbers of a row's texts.
  private struct Labels {
    var models: Int64?
    var session: Int64?
    var status: Int64?
    var agent: Int64?
    var agentType: Int64?
    var model: Int64?
    var tags: Int64?
    var project: Int64?
    var repository: Int64?
    var branch: Int64?
    var host: Int64?
    var team: Int64?
  }

  private func labels(of digest: Digest, _ columns: ListColumns) throws -> Labels {
    func label(_ text: String?) throws -> Int64? {
      try text.map { try number(of: $0, in: .labels) }
    }
    var labels = Labels()
    labels.models = try columns.models.map { try number(of: $0, in: .modelSets) }
    labels.session = try digest.session.flatMap { try appender.heads.sessionNumber($0, connection) }
    labels.status = try label(digest.outcome.status.rawValue)
    labels.agent = try label(digest.agent)
    labels.agentType = try label(digest.agentType)
    labels.model = try label(digest.model)
    labels.tags = try label(columns.tags)
    labels.project = try label(digest.project)
    labels.repository = try label(digest.repository)
    labels.branch = try label(digest.branch)
    labels.host = try label(digest.host)
    labels.team = try label(digest.team)
    return labels
  }

  /// The number of a text, which is added if it is new.
  private func number(of text: String, in table: HeadCache.TextTable) throws -> Int64 {
    if let known = appender.heads.number(of: text, in: table) { return known }
    let (select, insert): (StaticString, StaticString) =
      switch table {
      case .labels:
        ("SELECT id FROM labels WHERE text = ?", "INSERT INTO labels(text) VALUES (?)")
      case .modelSets:
        ("SELECT id FROM model_sets WHERE names = ?", "INSERT INTO model_sets(names) VALUES (?)")
      }
    let number: Int64
    if let found = try connection.statement(select).bind(text).first({ $0.next(Int64.self) }) {
      number = found
    } else {
      try connection.statement(insert).run(text)
      number = connection.lastInsertRowID
    }
    appender.heads.note(number, of: text, in: table)
    return number
  }
}
