internal import Events

extension CodexThread {
  /// Whether nothing but headers and what may be copied was read, so that another thread's header
  /// is that of an ancestor.
  var isAtHead: Bool { fork != nil || !hasBody }

  /// Takes the thread's own header.
  mutating func take(own line: CodexLine) {
    take(header: line)
    isFork = facts.forkedFrom != nil
    guard facts.forkedFrom != nil || facts.ownOrdinal != nil else { return }
    fork = CodexFork(of: id, facts, from: facts.forkedFrom ?? facts.parent, ts: line.ts)
  }

  /// Another thread's header at the head says whose history is copied.
  mutating func take(
    ancestor: String,
    _ line: CodexLine,
    _ copies: inout CodexCopies,
    into sink: inout ImportedEvents
  ) {
    if fork == nil {
      // Forks of old versions do not say that they are.
      fork = CodexFork(of: id, facts, from: ancestor, ts: line.ts)
      begin(line, into: &sink)
      var facts = RunFacts()
      facts.forkedFrom = CodexThread.run(ancestor)
      conversation.tell(facts, into: &sink)
    }
    fork?.add(ancestor: ancestor, line)
    copies.take(line, of: ancestor, madeAt: fork?.madeAt, into: &sink)
  }

  /// Reads a line of the thread's log, which may be a copied one.
  mutating func take(
    _ line: CodexLine,
    into sink: inout ImportedEvents,
    copies: inout CodexCopies
  ) {
    guard fork != nil else {
      if hasHeader, let thread = line.payload.text("thread_id"), thread != id,
        line.type == "token_usage_record" || line.kind == "item_completed"
      {
        return copies.take(line, of: thread, madeAt: nil, into: &sink)
      }
      return read(line, into: &sink)
    }
    switch fork?.place(of: line) {
    case .copied(let owner):
      release(upTo: .max, into: &sink, copies: &copies)
      readCopied(line, of: owner, into: &sink, copies: &copies)
    case .held:
      hold(line, into: &sink, copies: &copies)
    case .own, nil:
      release(upTo: fork?.copiedBeforeOwnTurn ?? 0, into: &sink, copies: &copies)
      beginOwnPart()
      read(line, into: &sink)
    }
  }

  private mutating func readCopied(
    _ line: CodexLine,
    of owner: String,
    into sink: inout ImportedEvents,
    copies: inout CodexCopies
  ) {
    // What the thread goes on with.
    switch line.kind {
    case "token_count":
      let info = line.payload["info"]
      counter.pass(
        CodexCounts(info?["total_token_usage"]),
        last: CodexCounts(info?["last_token_usage"])
      )
    case "turn_context": inherit(line.payload)
    case "thread_settings_applied":
      if let settings = line.payload.object("thread_settings") { inherit(settings) }
    default: break
    }
    copies.take(line, of: owner, madeAt: fork?.madeAt, into: &sink)
  }

  private mutating func beginOwnPart() {
    fork = nil
    isFork = true
  }

  // MARK: Logs that do not say where the own part begins

  private mutating func hold(
    _ line: CodexLine,
    into sink: inout ImportedEvents,
    copies: inout CodexCopies
  ) {
    if let copied = fork?.copiedBeforePause(line) {
      release(upTo: copied, into: &sink, copies: &copies)
      beginOwnPart()
      return read(line, into: &sink)
    }
    guard let row = fork?.hold(line) else { return }
    mark(row, into: &sink)
    settleFork(into: &sink, copies: &copies)
  }

  /// Tells what is held back where it belongs, if that is known by now.
  mutating func settleFork(into sink: inout ImportedEvents, copies: inout CodexCopies) {
    let facts = sink
    guard let fork, let copied = fork.copied(where: { isShared($0, fork, facts) }) else { return }
    release(upTo: copied, into: &sink, copies: &copies)
    beginOwnPart()
  }

  /// Reads what is held back: the first lines as copied, the others as own ones.
  private mutating func release(
    upTo copied: Int,
    into sink: inout ImportedEvents,
    copies: inout CodexCopies
  ) {
    guard let parent = fork?.ancestors.first?.id, let held = fork?.takeHeld(), !held.isEmpty else {
      return
    }
    let number = sink.line.number
    let isAllCopied = copied >= held.count
    for (index, line) in held.enumerated() {
      if index == copied, !isAllCopied { beginOwnPart() }
      sink.line = LineContext(number: number)
      var text = line.line
      text.withUTF8 { bytes in
        guard let value = try? JSONValue.parse(UnsafeRawBufferPointer(bytes)),
          let object = JSONObject(value), let line = CodexLine(object)
        else { return }
        if index < copied {
          readCopied(line, of: parent, into: &sink, copies: &copies)
        } else {
          read(line, into: &sink)
        }
      }
    }
    sink.line = LineContext(number: number)
  }

  // MARK: What others have too

  private static func fact(_ row: String, of ancestor: String) -> String {
    "codex/copy/" + ancestor + row.dropFirst("codex/".count)
  }

  /// Leaves a mark by which other forks find what they have in common with this one.
  private func mark(_ row: String, into sink: inout ImportedEvents) {
    guard let parent = fork?.ancestors.first?.id else { return }
    let fact = Self.fact(row, of: parent)
    let known = sink.facts[fact]
    if known == nil { sink.facts[fact] = id } else if known != id { sink.facts[fact] = "*" }
  }

  /// Whether a request is one that another thread has made, or copied too.
  private func isShared(_ row: String, _ fork: CodexFork, _ sink: ImportedEvents) -> Bool {
    fork.ancestors.contains { ancestor in
      let own = "codex/" + ancestor.id + row.dropFirst("codex/".count)
      if sink.biller(ofResponse: own) != nil { return true }
      return sink.facts[Self.fact(row, of: ancestor.id)].map { $0 != id } ?? false
    }
  }

  // MARK: Rest

  /// The run is about to be sealed.
  mutating func beforeSeal(into sink: inout ImportedEvents) {
    flushCandidate(into: &sink)
    settleRequests(into: &sink)
    conversation.beforeSeal(into: &sink)
    calls.endTurn()
  }
}
