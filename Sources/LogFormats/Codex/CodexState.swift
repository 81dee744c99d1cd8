internal import Events

// The memory of an import between two looks at a growing file, as JSON.
extension CodexImporter {
  private static let version: Int64 = 1

  package var encodedState: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("version", Self.version)
      if let thread { json.object("thread") { thread.write(to: &$0) } }
    }
    return json.takeBytes()
  }

  package init(source: LogSource, decoding state: [UInt8]) throws(ImportStateError) {
    self.init(source: source)
    let isGood = state.withUnsafeBytes { bytes -> Bool in
      guard let value = try? JSONValue.parse(bytes), let object = JSONObject(value),
        object.count("version") == Self.version
      else { return false }
      guard let state = object.object("thread") else { return true }
      thread = CodexThread(state: state)
      return thread != nil
    }
    guard isGood else { throw ImportStateError() }
  }
}

extension CodexThread {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("id", id)
    json.member("parent", ifPresent: facts.parent)
    json.member("forked_from", ifPresent: facts.forkedFrom)
    json.member("session", ifPresent: facts.session)
    json.member("created_ms", ifPresent: facts.createdMs)
    json.member("started", isStarted)
    json.member("has_project", hasProject)
    json.member("model", ifPresent: model)
    json.member("told_model", ifPresent: toldModel)
    json.member("title", ifPresent: title)
    json.member("total", ifPresent: total?.fields)
    json.member("last", ifPresent: last?.fields)
    json.member("resets", resets)
    if let fork { json.object("fork") { fork.write(to: &$0) } }
    if let turn { json.object("turn") { turn.write(to: &$0) } }
    json.array("open") { json in
      for call in calls.open {
        json.object { json in
          json.member("id", call.id)
          json.member("running", call.isRunning)
          json.member("ts_us", ifPresent: call.ts?.microseconds)
        }
      }
    }
    json.member("known", calls.known)
    json.member("pairs", pairs.single)
    json.member("user_messages", hasUserMessages)
    if let candidate { json.object("candidate") { candidate.write(to: &$0) } }
    json.member("limit_us", ifPresent: limitEnds?.microseconds)
    json.member("limit", ifPresent: limitReached)
    json.member("is_fork", isFork)
    json.member("names_own", namesOwn)
    json.member("last_us", ifPresent: lastTS?.microseconds)
    json.member("name", names.previous)
    json.member("name_us", ifPresent: names.ts?.microseconds)
    json.member("names", names.given)
  }

  fileprivate init?(state: JSONObject) {
    guard let id = state.text("id") else { return nil }
    self.init(id: id)
    facts.parent = state.text("parent")
    facts.forkedFrom = state.text("forked_from")
    facts.session = state.text("session")
    facts.createdMs = state["created_ms"]?.int
    isStarted = state.isTrue("started")
    hasProject = state.isTrue("has_project")
    model = state.text("model")
    toldModel = state.text("told_model")
    title = state.text("title")
    total = CodexCounts(state: state["total"])
    last = CodexCounts(state: state["last"])
    resets = state["resets"]?.int ?? 0
    fork = state.object("fork").map { CodexFork(state: $0) }
    turn = state.object("turn").flatMap { CodexTurn(state: $0) }
    state["open"]?.forEachElement { element in
      guard let call = JSONObject(element), let id = call.text("id") else { return }
      let ts = Timestamp(state: call["ts_us"])
      calls.open.append(CodexCalls.Call(id: id, isRunning: call.isTrue("running"), ts: ts))
    }
    calls.known = state["known"].texts
    pairs.single = state["pairs"].texts
    hasUserMessages = state.isTrue("user_messages")
    candidate = state.object("candidate").flatMap { CodexPrompt(state: $0) }
    limitEnds = Timestamp(state: state["limit_us"])
    limitReached = state.text("limit")
    isFork = state.isTrue("is_fork")
    namesOwn = state.isTrue("names_own")
    lastTS = Timestamp(state: state["last_us"])
    names.previous = state.text("name") ?? ""
    names.ts = Timestamp(state: state["name_us"])
    names.given = state["names"].texts
  }
}

extension CodexFork {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("ancestors", ancestors)
    json.member("created_ms", ifPresent: createdMs)
    json.member("turn_ids", hasTurnIDs)
    json.member("shared", shared)
    json.member("last_us", ifPresent: lastTS?.microseconds)
    json.member("one_go", isOneGo)
    json.member("rows", rows)
    json.array("held") { json in
      for row in held {
        json.object { json in
          json.member("id", row.id)
          json.member("key", row.key)
          json.member("counts", row.counts.fields)
          json.member("model", ifPresent: row.model)
          json.member("ts_us", ifPresent: row.ts?.microseconds)
        }
      }
    }
  }

  fileprivate init(state: JSONObject) {
    self.init(
      ancestors: state["ancestors"].texts,
      createdMs: state["created_ms"]?.int,
      ts: Timestamp(state: state["last_us"])
    )
    hasTurnIDs = state.isTrue("turn_ids")
    shared = state["shared"]?.int ?? 0
    isOneGo = state.isTrue("one_go")
    rows = state["rows"]?.int ?? 0
    state["held"]?.forEachElement { element in
      guard let row = JSONObject(element), let id = row.text("id"), let key = row.text("key"),
        let counts = CodexCounts(state: row["counts"])
      else { return }
      let ts = Timestamp(state: row["ts_us"])
      held.append(Held(id: id, key: key, counts: counts, model: row.text("model"), ts: ts))
    }
  }
}

extension CodexTurn {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("id", ifPresent: id)
    json.member("anchor", anchor)
    json.member("explicit", isExplicit)
    json.member("step", step.rawValue)
    json.member("answered", isAnswered)
    json.member("failure", ifPresent: failure)
    json.member("has_text", hasText)
    json.member("last_us", ifPresent: lastTS?.microseconds)
  }

  fileprivate init?(state: JSONObject) {
    guard let anchor = state.text("anchor") else { return nil }
    self.init(id: state.text("id"), anchor: anchor)
    isExplicit = state.isTrue("explicit")
    step = state.text("step").flatMap { Step(rawValue: $0) } ?? .prompt
    isAnswered = state.isTrue("answered")
    failure = state.text("failure")
    hasText = state.isTrue("has_text")
    lastTS = Timestamp(state: state["last_us"])
  }
}

extension CodexPrompt {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("text", text)
    json.raw("payload", payload)
    json.member("name", name)
    json.member("ts_us", ifPresent: ts?.microseconds)
    json.raw("raw", raw)
  }

  fileprivate init?(state: JSONObject) {
    guard let name = state.text("name"), let payload = state["payload"], let raw = state["raw"]
    else { return nil }
    self.init(
      text: state["text"]?.string ?? "",
      payload: Array(payload.raw),
      name: name,
      ts: Timestamp(state: state["ts_us"]),
      raw: Array(raw.raw)
    )
  }
}

extension CodexCounts {
  init?(state: JSONValue?) {
    guard let state else { return nil }
    var fields: [Int64] = []
    state.forEachElement { fields.append($0.int ?? 0) }
    self.init(fields)
  }
}

extension Timestamp {
  init?(state: JSONValue?) {
    guard let microseconds = state?.int else { return nil }
    self.init(microseconds: microseconds)
  }
}

extension JSONValue? {
  /// The strings of an array.
  var texts: [String] {
    var texts: [String] = []
    self?.forEachElement { texts.append($0.string ?? "") }
    return texts
  }
}
