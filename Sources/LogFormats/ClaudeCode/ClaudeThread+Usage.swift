internal import Events

// How the tokens of a message come into the log, exactly once.
//
// Claude Code writes a line per content block, and each repeats the usage of the whole message
// as far as it was known. The last line has the final counts.
//
// 1. A message is held back until it is over: until a line of another message, the end of the
//    turn or the end of the file at rest. A tool result does not end it: calls of one message
//    run while its later blocks are still being written. (In the logs at hand, ending messages
//    at a result would have been too early for 21 of 1,190 of them, and this rule for none.)
// 2. Then its `usage` is written, once: its event id is made from the message id, so reading
//    the file again writes nothing new.
// 3. A later line of a written message with greater counts, which can happen where the file
//    was at rest in the middle of a message, is corrected without a second `usage`, since each
//    of those counts one request: the turn's `turn.result` then carries `by_model`, whose totals
//    replace those of the turn's usage events and leave the number of requests alone. A line
//    that comes when its turn is closed opens another one, which then carries the difference.
//    Where a log was replaced and is read again, the `usage` is in the store already, by its id,
//    and what is remembered of the generation before tells whether it said less.
// 4. A message that another run has billed is written as `copied`, and takes no part in 3.
extension ClaudeThread {
  /// Takes the counts of an assistant line.
  mutating func count(
    _ message: ClaudeMessage,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    if let i = written.lastIndex(where: { $0.id == message.id }) {
      return correct(i, message.counts, line)
    }
    if pending?.id != message.id { flushUsage(into: &sink) }
    var message = message
    if let earlier = pending {
      message.stopReason = message.stopReason ?? earlier.stopReason
      message.counts = message.counts.merged(with: earlier.counts)
      message.cacheWrite1h = max(message.cacheWrite1h, earlier.cacheWrite1h)
    }
    pending = message
  }

  /// Writes the usage of the message that is held back.
  mutating func flushUsage(into sink: inout ImportedEvents) {
    guard var message = pending else { return }
    pending = nil
    message.isCopied = sink.isBilled(message.id, byOtherThan: run)
    let event = Event.make(.usage) { json in
      json.member("model", ifPresent: message.model)
      json.member("input_tokens", message.counts.input)
      json.member("output_tokens", message.counts.output)
      json.member("cache_read_tokens", message.counts.cacheRead)
      json.member("cache_write_tokens", message.counts.cacheWrite)
      if message.cacheWrite1h > 0 { json.member("cache_write_1h_tokens", message.cacheWrite1h) }
      if message.stopReason == nil { json.member("partial", true) }
      if message.isCopied { json.member("copied", true) }
      json.member("stop_reason", ifPresent: message.stopReason)
      json.member("message_id", message.id)
      json.member("request_id", ifPresent: message.requestID)
      json.raw("reported", message.usage)
    }
    emit(
      event,
      id: "usage/" + message.id,
      ts: message.ts,
      session: message.session,
      bills: message.isCopied ? nil : message.id,
      into: &sink
    )
    if !message.isCopied {
      turn?.tally[message.model ?? model ?? "(unknown)", default: ClaudeCounts()] += message.counts
      if let old = known[message.id], !message.counts.excess(over: old).isZero {
        turn?.isCorrected = true
      }
    }
    message.usage = []
    written.append(message)
    if written.count > Self.writtenMax { written.removeFirst() }
  }

  private mutating func correct(_ i: Int, _ counts: ClaudeCounts, _ line: ClaudeLine) {
    let more = counts.excess(over: written[i].counts)
    guard !more.isZero else { return }
    written[i].counts += more
    guard !written[i].isCopied else { return }
    if turn == nil { step(.words, line) }
    turn?.tally[written[i].model ?? model ?? "(unknown)", default: ClaudeCounts()] += more
    turn?.isCorrected = true
  }
}

extension ClaudeMessage {
  /// Reads the message of an assistant line; `nil` where it reports no usage.
  init?(_ line: ClaudeLine, _ message: JSONObject) {
    guard let usage = message.object("usage") else { return nil }
    id = message.text("id") ?? line.id
    model = message.text("model")
    counts = ClaudeCounts(
      input: usage.count("input_tokens") ?? 0,
      output: usage.count("output_tokens") ?? 0,
      cacheRead: usage.count("cache_read_input_tokens") ?? 0,
      cacheWrite: usage.count("cache_creation_input_tokens") ?? 0
    )
    cacheWrite1h =
      usage.object("cache_creation")?.count("ephemeral_1h_input_tokens") ?? 0
    stopReason = message.text("stop_reason")
    requestID = line.object.text("requestId")
    ts = line.ts
    session = line.session
    self.usage = Array(usage.raw)
  }
}
