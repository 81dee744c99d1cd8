import LogFormats
import Testing

/// Logs of programs that no format reads, and files beside logs: none is taken for another's.
@Suite("What a log is taken for")
struct DetectionTests {
  static func format(_ lines: String...) -> String? {
    Array(lines.joined(separator: "\n").utf8).withUnsafeBytes { LogFormat.detect($0)?.name }
  }

  @Test("A session of Droid is not one of pi, nor are its frames those of Claude Code")
  func droid() {
    #expect(
      Self.format(
        #"{"type":"session_start","id":"9d","title":"Mill","version":2,"cwd":"/mill"}"#,
        #"{"type":"message","id":"a","parentId":null,"timestamp":"2026-09-10T10:00:00Z","message":{"role":"user","content":[]}}"#
      ) == nil
    )
    #expect(
      Self.format(
        #"{"type":"message","id":"a","timestamp":"2026-09-10T10:00:00Z","message":{"role":"assistant","content":[]}}"#
      ) == nil
    )
    #expect(
      Self.format(
        #"{"type":"system","subtype":"init","sessionId":"s","timestamp":1767812640310,"model":"m","cwd":"/mill","tools":["Execute"],"id":"a"}"#,
        #"{"type":"tool_call","sessionId":"s","timestamp":1767812641000,"id":"b","toolName":"Execute"}"#
      ) == nil
    )
  }

  @Test("Grok's updates are no messages of the Agent Client Protocol, its items none of Codex")
  func grok() {
    #expect(
      Self.format(
        #"{"timestamp":1789034400,"method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"user_message_chunk"}}}"#
      ) == nil
    )
    #expect(
      Self.format(
        #"{"params":{"sessionId":"s","update":{"sessionUpdate":"turn_completed"}},"method":"_x.ai/session/update"}"#
      ) == nil
    )
    #expect(
      Self.format(
        #"{"type":"user","content":[{"type":"text","text":"go"}]}"#,
        #"{"type":"reasoning","id":"r","summary":[]}"#,
        #"{"type":"function_call","name":"ls","call_id":"c","arguments":"{}"}"#,
        #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"ok"}]}"#
      ) == nil
    )
  }

  @Test("A conversation of the Model Context Protocol is none of an agent")
  func mcp() {
    let initialize =
      #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","clientInfo":{"name":"x"},"capabilities":{}}}"#
    let call =
      #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"turn","arguments":{}}}"#
    #expect(Self.format(initialize, call) == nil)
    #expect(Self.format(call) == nil)
    #expect(Self.format(initialize) == nil)
    // What a server asks its client for has names of its own.
    #expect(Self.format(#"{"jsonrpc":"2.0","id":1,"method":"roots/list"}"#) == nil)
  }

  @Test("Messages of the Agent Client Protocol are known also in an envelope")
  func acp() {
    let prompt =
      #"{"jsonrpc":"2.0","id":1,"method":"session/prompt","params":{"sessionId":"s","prompt":[]}}"#
    #expect(Self.format(prompt) == "acp")
    #expect(
      Self.format(#"{"ts":"2026-09-10T10:00:00Z","dir":"in","message":"# + prompt + "}") == "acp"
    )
    #expect(
      Self.format(#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":1}}"#)
        == "acp"
    )
  }

  @Test("Transcripts of tools that lie beside Claude Code's logs are not Gemini's")
  func transcripts() {
    #expect(
      Self.format(
        #"{"type":"user","timestamp":"2026-09-10T09:00:00Z","content":"look"}"#,
        #"{"type":"tool_use","timestamp":"2026-09-10T09:00:01Z","tool_name":"bash","tool_input":{}}"#,
        #"{"type":"tool_result","timestamp":"2026-09-10T09:00:02Z","tool_name":"bash","tool_output":{}}"#
      ) == nil
    )
  }

  @Test("Frames in the manner of Claude Code's are not taken for them")
  func frames() {
    // Cursor
    #expect(
      Self.format(
        #"{"type":"system","subtype":"init","apiKeySource":"login","cwd":"/m","session_id":"s","model":"m","permissionMode":"default"}"#,
        #"{"type":"assistant","message":{"role":"assistant","content":[]},"session_id":"s"}"#,
        #"{"type":"tool_call","subtype":"started","call_id":"c","tool_call":{},"session_id":"s"}"#
      ) == nil
    )
    // Amp
    #expect(
      Self.format(
        #"{"type":"system","subtype":"init","cwd":"/m","session_id":"T-1","tools":["Bash"],"mcp_servers":[]}"#
      ) == nil
    )
    // Qwen Code
    #expect(
      Self.format(
        #"{"type":"system","subtype":"init","uuid":"u","session_id":"s","cwd":"/m","tools":[],"permission_mode":"default","qwen_code_version":"1"}"#
      ) == nil
    )
    #expect(
      Self.format(
        #"{"type":"system","subtype":"init","cwd":"/m","session_id":"s","tools":["Bash"],"uuid":"u"}"#
      ) == "claude-stream"
    )
  }

  @Test("Lists of prompts, rows of other tables and states of programs are no logs")
  func companions() {
    #expect(
      Self.format(
        #"[{"sessionId":"s","messageId":0,"type":"user","message":"go","timestamp":"2026-09-10T10:00:00Z"}]"#
      ) == nil
    )
    #expect(
      Self.format(
        #"{"display":"go","pastedContents":{},"timestamp":1757490000000,"sessionId":"s"}"#
      )
        == nil
    )
    #expect(Self.format(#"{"seq":1,"kind":"note","payload":{"a":1}}"#) == nil)
    #expect(Self.format(#"{"id":"a","timestamp":"2026-09-10T10:00:00Z","name":"x"}"#) == nil)
    #expect(Self.format(#"{"type":"user","sessionId":"s","message":"go"}"#) == nil)
    #expect(Self.format(#"{"type":"whatever","sessionId":"s"}"#) == nil)
  }

  @Test("Companion files are known by their names, which may have any middle")
  func names() {
    let claude = LogFormat.claudeCode.about.companions.map(\.name)
    #expect(claude.contains("history.jsonl") && claude.contains("*.meta.json"))
    let gemini = LogFormat.gemini.about.companions.map(\.name)
    #expect(gemini.contains("logs.json"))
  }
}
