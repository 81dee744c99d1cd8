internal import Events

// The memory of a transcript between two looks at a growing file, as JSON.
extension Transcript {
  func write(to json: inout JSONWriter) {
    json.member("format", format)
    json.member("run", run)
    json.member("parent", ifPresent: parent)
    json.member("session", ifPresent: session)
    json.member("model", ifPresent: model)
    json.member("title", ifPresent: title)
    json.member("started", isStarted)
    json.member("last_us", ifPresent: lastTS?.microseconds)
    json.member("open_calls", openCalls)
    guard let turn else { return }
    json.object("turn") { json in
      json.member("id", ifPresent: turn.id)
      json.member("anchor", turn.anchor)
      json.member("step", turn.step.rawValue)
      json.member("last_us", ifPresent: turn.lastTS?.microseconds)
      json.member("stop_reason", ifPresent: turn.stopReason)
      json.member("failed", turn.hasFailed)
    }
  }

  init?(_ state: JSONObject?) {
    guard let state, let format = state.text("format"),
      let run = state.text("run").flatMap({ RunID(rawValue: $0) })
    else { return nil }
    let parent = state.text("parent").flatMap { RunID(rawValue: $0) }
    self.init(format: format, run: run, parent: parent, session: state.text("session"))
    model = state.text("model")
    title = state.text("title")
    isStarted = state.isTrue("started")
    lastTS = state["last_us"]?.int.map { Timestamp(microseconds: $0) }
    state["open_calls"]?.forEachElement { openCalls.append($0.string ?? "") }
    guard let saved = state.object("turn"), let anchor = saved.text("anchor") else { return }
    turn = TranscriptTurn(
      id: saved.text("id"),
      anchor: anchor,
      step: saved.text("step").flatMap { .init(rawValue: $0) } ?? .prompt,
      lastTS: saved["last_us"]?.int.map { Timestamp(microseconds: $0) },
      stopReason: saved.text("stop_reason"),
      hasFailed: saved.isTrue("failed")
    )
  }
}
