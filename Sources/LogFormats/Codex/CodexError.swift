internal import Events

/// A failure as Codex reports it.
struct CodexError {
  /// The class, for example `context_window_exceeded`; `nil` where none is given.
  var type: String?
  /// The status that the service answered with, if the class has one.
  var status: Int64?
  var message: String?

  /// Reads `{message, codex_error_info}`, whose info is a word or an object of one member.
  init(_ error: JSONObject) {
    message = error.text("message") ?? error.text("error")
    guard let info = error["codex_error_info"] ?? error["codexErrorInfo"] else { return }
    if let word = info.text {
      type = word
      return
    }
    info.forEachMember { name, value in
      type = String(decoding: name, as: UTF8.self)
      status = (value["http_status_code"] ?? value["httpStatusCode"])?.count
    }
  }

  init(message: String?) {
    self.message = message
  }

  var isLimit: Bool { type == "usage_limit_exceeded" || type == "usageLimitExceeded" }

  /// What failures are compared by, since some are reported twice.
  var key: String { "error/" + StableHash.hex((message ?? type ?? "").utf8) }

  func event(_ kind: KnownKind) -> Event {
    Event.make(kind) { json in
      json.member("type", ifPresent: type)
      json.member("status", ifPresent: status)
      json.member("message", ifPresent: message)
    }
  }
}
