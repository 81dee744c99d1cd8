import Events
import RunDigest

/// What a backup or a restore has made.
struct CopyPage {
  let copy: CopiedStore

  func print(json: Bool) {
    guard json else {
      Output.line(
        "\(Text.clean(copy.path)): \(Units.count(copy.events, "event")) of "
          + "\(Units.count(copy.runs, "run")), checked"
      )
      if let kept = copy.kept {
        Output.line("the store that was there is kept as \(Text.clean(kept))")
      }
      return
    }
    var json = JSONWriter()
    json.object { json in
      json.member("path", copy.path)
      json.member("events", copy.events)
      json.member("runs", copy.runs)
      json.member("bytes", copy.bytes)
      json.member("kept", copy.kept)
    }
    Output.line(json.text)
  }
}
