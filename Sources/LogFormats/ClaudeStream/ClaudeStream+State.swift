package import Events

// The memory of an import between two looks at a growing file, as JSON.
extension ClaudeStreamImporter {
  package func write(to json: inout JSONWriter) {
    json.member("session", ifPresent: session)
    json.member("previous", previous)
    json.object("streaming") { json in
      for (key, id) in streaming.sorted(by: { $0.key < $1.key }) { json.member(key, id) }
    }
    json.array("threads") { json in
      for key in order {
        json.object { json in
          json.member("key", key)
          threads[key]?.write(to: &json)
        }
      }
    }
    json.array("totals") { json in
      for (session, totals) in totals.sorted(by: { $0.key < $1.key }) {
        json.object { json in
          json.member("of", session)
          json.member("cost", totals.cost)
          TokenCounts.write(totals.models, as: "models", to: &json)
          TokenCounts.write(totals.agents, as: "agents", to: &json)
        }
      }
    }
    guard let ending else { return }
    json.object("ending") { json in
      json.member("thread", ending.thread)
      json.member("id", ending.id)
      json.raw("payload", ending.event.payload.bytes)
      json.member("ts_us", ifPresent: ending.ts?.microseconds)
    }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    session = state.text("session")
    previous = state["previous"]?.string ?? ""
    state["streaming"]?.forEachMember { name, id in
      streaming[String(decoding: name, as: UTF8.self)] = id.string
    }
    var isGood = true
    state["threads"]?.forEachElement { element in
      guard let object = JSONObject(element), let key = object["key"]?.string,
        let thread = ClaudeThread(object)
      else { return isGood = false }
      threads[key] = thread
      order.append(key)
    }
    state["totals"]?.forEachElement { element in
      guard let object = JSONObject(element), let session = object["of"]?.string else { return }
      totals[session] = ClaudeStreamTotals(
        models: TokenCounts.byName(object["models"]),
        cost: object["cost"]?.int ?? 0,
        agents: TokenCounts.byName(object["agents"])
      )
    }
    if let saved = state.object("ending"), let thread = saved.text("thread"),
      let id = saved.text("id"), let payload = saved["payload"]
    {
      ending = ClaudeStreamEnding(
        thread: thread,
        event: Event(
          EventKind(.runEnded),
          payload: Payload(unchecked: Array(payload.raw)),
          producer: .system
        ),
        id: id,
        ts: saved["ts_us"]?.int.map { Timestamp(microseconds: $0) }
      )
    }
    return isGood
  }
}
