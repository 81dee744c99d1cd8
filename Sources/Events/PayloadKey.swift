/// The top-level payload keys that the fold reads.
///
/// Nothing else in a payload influences a digest.
package enum PayloadKey: UInt8, CaseIterable, Sendable {
  case agent, model, project, host, parentRun, title
  case forkedFrom, repository, branch, commit, agentType, team
  case cause, by, reason, exitCode, verdict
  case state
  case turnID, status, stopReason, terminalReason, costUSD, byModel, subagent
  case id, toolCallIDCamel, toolUseID, name, input, toolName, toolNameCamel
  case isError, denied, cancelled, running
  case decision
  case inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, cacheWrite1hTokens
  case reasoningTokens, contextWindow, partial, copied
  case replaces, tier, webSearches, unknown, inferenceGeo
  case type
  case flow, phase, stepMs
  case stage, durationMs, queueMs
  case usd, remove, value

  /// The key as it stands in the JSON.
  package var name: StaticString {
    switch self {
    case .agent: "agent"
    case .model: "model"
    case .project: "project"
    case .host: "host"
    case .parentRun: "parent_run"
    case .title: "title"
    case .forkedFrom: "forked_from"
    case .repository: "repository"
    case .branch: "branch"
    case .commit: "commit"
    case .agentType: "agent_type"
    case .team: "team"
    case .cause: "cause"
    case .by: "by"
    case .reason: "reason"
    case .exitCode: "exit_code"
    case .verdict: "verdict"
    case .state: "state"
    case .turnID: "turn_id"
    case .status: "status"
    case .stopReason: "stop_reason"
    case .terminalReason: "terminal_reason"
    case .costUSD: "cost_usd"
    case .byModel: "by_model"
    case .subagent: "subagent"
    case .id: "id"
    case .toolCallIDCamel: "toolCallId"
    case .toolUseID: "tool_use_id"
    case .name: "name"
    case .input: "input"
    case .toolName: "tool_name"
    case .toolNameCamel: "toolName"
    case .isError: "is_error"
    case .denied: "denied"
    case .cancelled: "cancelled"
    case .running: "running"
    case .decision: "decision"
    case .inputTokens: "input_tokens"
    case .outputTokens: "output_tokens"
    case .cacheReadTokens: "cache_read_tokens"
    case .cacheWriteTokens: "cache_write_tokens"
    case .cacheWrite1hTokens: "cache_write_1h_tokens"
    case .reasoningTokens: "reasoning_tokens"
    case .contextWindow: "context_window"
    case .partial: "partial"
    case .copied: "copied"
    case .replaces: "replaces"
    case .tier: "tier"
    case .webSearches: "web_searches"
    case .unknown: "unknown"
    case .inferenceGeo: "inference_geo"
    case .type: "type"
    case .flow: "flow"
    case .phase: "phase"
    case .stepMs: "step_ms"
    case .stage: "stage"
    case .durationMs: "duration_ms"
    case .queueMs: "queue_ms"
    case .usd: "usd"
    case .remove: "remove"
    case .value: "value"
    }
  }
}
