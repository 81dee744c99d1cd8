/// A small log whose figures were worked out by hand.
enum SampleLog {
  /// Two turns of 2 s and 5 s; one call of two fails; 175 tokens; $0.03; seven events have ids.
  static let lines = [
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:00Z","kind":"run.started","id":"a1","payload":{"agent":"demo","model":"model-x","project":"/app"}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:00Z","kind":"turn.start","id":"a2","payload":{"turn_id":"t1"}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:01Z","kind":"tool_call","id":"a3","payload":{"id":"c1","name":"bash"}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:01.500Z","kind":"tool_result","id":"a4","payload":{"tool_use_id":"c1"}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:02Z","kind":"usage","id":"a5","payload":{"model":"model-x","input_tokens":100,"output_tokens":75}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:02Z","kind":"turn.result","id":"a6","payload":{"status":"success","cost_usd":0.01}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:10Z","kind":"turn.start","id":"a7","payload":{"turn_id":"t2"}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:11Z","kind":"tool_call","id":"a8","payload":{"id":"c2","name":"edit"}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:14Z","kind":"tool_result","id":"a9","payload":{"tool_use_id":"c2","is_error":true}}"#,
    #"{"run":"fix-42","session":"s1","ts":"2026-06-01T00:00:15Z","kind":"turn.result","id":"a10","payload":{"status":"success","cost_usd":0.02}}"#,
  ]

  static var text: String { text(lines) }

  static func text(_ lines: some Sequence<String>) -> String {
    lines.map { $0 + "\n" }.joined()
  }
}
