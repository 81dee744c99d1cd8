internal import Events

// The memory of an import between two looks at a growing file, as JSON.
extension ClaudeCodeImporter {
  private static let version: Int64 = 1

  package var encodedState: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("version", Self.version)
      json.member("session", ifPresent: session)
      json.member("placed", isPlaced)
      json.member("conversation", headHasConversation)
      json.member("previous", ifPresent: previous)
      json.array("head") { json in
        for line in head {
          json.object { json in
            json.member("number", line.number)
            json.raw("line", line.json)
          }
        }
      }
      json.array("leaves") { json in
        for (leaf, root) in leaves { json.element([leaf, root]) }
      }
      json.array("known") { json in
        for (key, counts) in known.sorted(by: { $0.key < $1.key }) {
          json.object { json in
            json.member("key", key)
            json.array("messages") { $0.counts(counts) }
          }
        }
      }
      json.array("threads") { json in
        for key in order {
          json.object { json in
            json.member("key", key)
            threads[key]?.write(to: &json)
          }
        }
      }
    }
    return json.takeBytes()
  }

  package init(source: LogSource, decoding state: [UInt8]) throws(ImportStateError) {
    self.init(source: source)
    let isGood = state.withUnsafeBytes { bytes -> Bool in
      guard let value = try? JSONValue.parse(bytes), let object = JSONObject(value),
        object.count("version") == Self.version
      else { return false }
      return decode(object)
    }
    guard isGood else { throw ImportStateError() }
  }

  private mutating func decode(_ state: JSONObject) -> Bool {
    session = state.text("session")
    isPlaced = state.isTrue("placed")
    headHasConversation = state.isTrue("conversation")
    previous = state.text("previous")
    var isGood = true
    state["head"]?.forEachElement { line in
      guard let number = line["number"]?.int, let json = line["line"] else { return isGood = false }
      head.append((Int(number), Array(json.raw)))
    }
    state["leaves"]?.forEachElement { pair in
      var ends: [String] = []
      pair.forEachElement { ends.append($0.string ?? "") }
      guard ends.count == 2 else { return isGood = false }
      leaves.append((ends[0], ends[1]))
    }
    state["known"]?.forEachElement { element in
      guard let object = JSONObject(element), let key = object["key"]?.string else { return }
      known[key] = ClaudeCounts.byMessage(object["messages"])
    }
    state["threads"]?.forEachElement { element in
      guard let object = JSONObject(element), let key = object["key"]?.string,
        let thread = ClaudeThread(object)
      else { return isGood = false }
      threads[key] = thread
      order.append(key)
    }
    return isGood
  }
}

extension ClaudeThread {
  func write(to json: inout JSONWriter) {
    json.member("run", run)
    json.member("parent", ifPresent: parent)
    json.member("session", ifPresent: session)
    json.member("started", isStarted)
    json.member("has_project", hasProject)
    json.member("model", ifPresent: model)
    json.member("title", ifPresent: title)
    json.member("custom_title", hasCustomTitle)
    json.member("last_us", ifPresent: lastTS?.microseconds)
    json.member("open_calls", openCalls)
    if let pending { json.object("pending") { pending.write(to: &$0) } }
    json.array("written") { json in
      for message in written { json.object { message.write(to: &$0) } }
    }
    json.array("known") { $0.counts(known) }
    if let turn { json.object("turn") { turn.write(to: &$0) } }
  }

  init?(_ state: JSONObject) {
    guard let name = state.text("run"), let run = RunID(rawValue: name) else { return nil }
    self.init(
      run: run,
      parent: state.text("parent").flatMap { RunID(rawValue: $0) },
      session: state.text("session")
    )
    isStarted = state.isTrue("started")
    hasProject = state.isTrue("has_project")
    model = state.text("model")
    title = state.text("title")
    hasCustomTitle = state.isTrue("custom_title")
    lastTS = Timestamp(state["last_us"])
    state["open_calls"]?.forEachElement { openCalls.append($0.string ?? "") }
    pending = state.object("pending").flatMap { ClaudeMessage($0) }
    state["written"]?.forEachElement { element in
      if let message = JSONObject(element).flatMap({ ClaudeMessage($0) }) {
        written.append(message)
      }
    }
    known = ClaudeCounts.byMessage(state["known"])
    turn = state.object("turn").flatMap { ClaudeTurn($0) }
  }
}

extension ClaudeMessage {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("id", id)
    json.member("model", ifPresent: model)
    counts.write(to: &json)
    json.member("cache_write_1h", cacheWrite1h)
    json.member("stop_reason", ifPresent: stopReason)
    json.member("request", ifPresent: requestID)
    json.member("session", ifPresent: session)
    json.member("ts_us", ifPresent: ts?.microseconds)
    if !usage.isEmpty { json.raw("usage", usage) }
    json.member("copied", isCopied)
  }

  fileprivate init?(_ state: JSONObject) {
    guard let id = state.text("id") else { return nil }
    self.id = id
    model = state.text("model")
    counts = ClaudeCounts(state)
    cacheWrite1h = state.count("cache_write_1h") ?? 0
    stopReason = state.text("stop_reason")
    requestID = state.text("request")
    session = state.text("session")
    ts = Timestamp(state["ts_us"])
    usage = state["usage"].map { Array($0.raw) } ?? []
    isCopied = state.isTrue("copied")
  }
}

extension ClaudeCounts {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("input", input)
    json.member("output", output)
    json.member("cache_read", cacheRead)
    json.member("cache_write", cacheWrite)
  }

  fileprivate static func byMessage(_ state: JSONValue?) -> [String: ClaudeCounts] {
    var counts: [String: ClaudeCounts] = [:]
    state?.forEachElement { element in
      guard let object = JSONObject(element), let id = object.text("id") else { return }
      counts[id] = ClaudeCounts(object)
    }
    return counts
  }

  fileprivate init(_ state: JSONObject) {
    self.init(
      input: state.count("input") ?? 0,
      output: state.count("output") ?? 0,
      cacheRead: state.count("cache_read") ?? 0,
      cacheWrite: state.count("cache_write") ?? 0
    )
  }
}

extension ClaudeTurn {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("id", ifPresent: id)
    json.member("anchor", anchor)
    json.member("step", step.rawValue)
    json.member("session", ifPresent: session)
    json.member("last_us", ifPresent: lastTS?.microseconds)
    if let ending {
      json.object("ending") { json in
        json.member("stop_reason", ifPresent: ending.stopReason)
        json.member("message", ifPresent: ending.message)
      }
    }
    json.array("tally") { json in
      for (model, counts) in tally.sorted(by: { $0.key < $1.key }) {
        json.object { json in
          json.member("model", model)
          counts.write(to: &json)
        }
      }
    }
    json.member("corrected", isCorrected)
  }

  fileprivate init?(_ state: JSONObject) {
    guard let anchor = state.text("anchor") else { return nil }
    self.init(id: state.text("id"), anchor: anchor)
    step = state.text("step").flatMap { Step(rawValue: $0) } ?? .prompt
    session = state.text("session")
    lastTS = Timestamp(state["last_us"])
    ending = state.object("ending").map {
      Ending(stopReason: $0.text("stop_reason"), message: $0.text("message"))
    }
    state["tally"]?.forEachElement { element in
      guard let object = JSONObject(element), let model = object.text("model") else { return }
      tally[model] = ClaudeCounts(object)
    }
    isCorrected = state.isTrue("corrected")
  }
}

extension JSONWriter {
  fileprivate mutating func counts(_ byMessage: [String: ClaudeCounts]) {
    for (id, counts) in byMessage.sorted(by: { $0.key < $1.key }) {
      object { json in
        json.member("id", id)
        counts.write(to: &json)
      }
    }
  }
}

extension Timestamp {
  fileprivate init?(_ value: JSONValue?) {
    guard let microseconds = value?.int else { return nil }
    self.init(microseconds: microseconds)
  }
}
