internal import Events

/// Lines of files that programs keep beside their logs, which look like those of a log.
enum CompanionLines {
  /// Whether a line is of such a file.
  ///
  /// - Gemini CLI's `logs.json` lists the prompts of all sessions of a project.
  static func contain(_ line: JSONObject) -> Bool {
    line["messageId"]?.int != nil && line["sessionId"]?.stringBody != nil
      && line["message"]?.stringBody != nil
  }
}
