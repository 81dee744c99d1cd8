internal import Events

extension LogFormat {
  /// The events of an OpenHands conversation, one a line or a list of them.
  package static let openHands = LogFormat(
    name: "openhands",
    about: .openHands,
    importer: OpenHandsImporter.self
  ) { line in
    if let stats = line["stats"], line["kind"] == nil {
      return line["workspace"] != nil && line["agent"] != nil && stats["usage_to_metrics"] != nil
        ? .certain : .unknown
    }
    if line["kind"]?.stringBody != nil { return isSDK(line) ? .certain : .unknown }
    guard line["timestamp"] != nil, let source = line["source"], line["id"]?.int != nil else {
      return .unknown
    }
    guard source.equals("agent") || source.equals("user") || source.equals("environment") else {
      return .unknown
    }
    return line["action"]?.stringBody != nil && line["args"] != nil
      || line["observation"]?.stringBody != nil ? .certain : .unknown
  }

  /// Whether a line is an event of the SDK.
  private static func isSDK(_ line: JSONObject) -> Bool {
    guard let kind = line.text("kind"), line["id"]?.stringBody != nil,
      line["timestamp"]?.stringBody != nil, line["source"]?.stringBody != nil
    else { return false }
    return switch kind {
    case "MessageEvent": line["llm_message"]?.isObject == true
    case "ActionEvent": line["tool_call_id"] != nil
    case "ObservationEvent", "UserRejectObservation", "AgentErrorEvent":
      line["tool_call_id"] != nil
    case "ConversationStateUpdateEvent": line["key"] != nil
    case "SystemPromptEvent": line["system_prompt"] != nil
    default: false
    }
  }
}
