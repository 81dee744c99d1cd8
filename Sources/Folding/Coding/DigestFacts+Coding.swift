extension DigestFacts: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.signed(watermark)
    for text in [session, agent, model, project, host, parentRun, title] { writer.optional(text) }
    for text in [forkedFrom, repository, branch, commit, agentType, team] { writer.optional(text) }
    writer.flag(isTurnOpen)
    writer.optional(firstTs)
    writer.optional(lastTs)
    for size in [context.last, context.max, context.window] { writer.optional(size) }
    writer.flag(isSealed)
    outcome.encode(to: &writer)
    writer.optional(agentNanoUSD)
    writer.signed(notes)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    watermark = try reader.signed()
    session = try reader.optionalText()
    agent = try reader.optionalText()
    model = try reader.optionalText()
    project = try reader.optionalText()
    host = try reader.optionalText()
    parentRun = try reader.optionalText()
    title = try reader.optionalText()
    forkedFrom = try reader.optionalText()
    repository = try reader.optionalText()
    branch = try reader.optionalText()
    commit = try reader.optionalText()
    agentType = try reader.optionalText()
    team = try reader.optionalText()
    isTurnOpen = try reader.flag()
    firstTs = try reader.optionalTime()
    lastTs = try reader.optionalTime()
    context.last = try reader.optionalSigned()
    context.max = try reader.optionalSigned()
    context.window = try reader.optionalSigned()
    isSealed = try reader.flag()
    outcome = try Outcome(from: &reader)
    agentNanoUSD = try reader.optionalSigned()
    notes = try reader.signed()
  }
}
