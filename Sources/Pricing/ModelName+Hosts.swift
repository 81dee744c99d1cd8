// Who else sells, or names, a vendor's models: clouds, gateways and programs. What they charge is
// their own; a list without their price has the vendor's.
extension ModelName {
  /// What stands before a slash.
  ///
  /// Hosts of open weights at prices of their own are not among them.
  private static let hosts: Set<String> = [
    // Vendors, as gateways write them.
    "anthropic", "openai", "google", "gemini", "models", "moonshot", "moonshotai", "moonshot-ai",
    "xai", "x-ai", "zai", "z-ai", "mistral", "mistralai", "dashscope", "minimax", "~anthropic",
    "~openai", "~google",
    // Clouds.
    "vertex_ai", "vertex", "vertexai", "vertex-ai", "google-vertex", "google-vertex-anthropic",
    "vertex_ai_beta", "bedrock", "bedrock_converse", "amazon-bedrock", "aws-bedrock", "azure",
    "azure_ai", "azure-openai", "azure-foundry", "foundry",
    // Gateways and programs.
    "openrouter", "litellm", "litellm_proxy", "vercel", "vercel_ai_gateway", "ai-gateway",
    "cloudflare", "gateway", "requesty", "portkey", "helicone", "opencode", "zenmux",
    "github-copilot", "github_copilot", "copilot", "kimi-code", "kimi-for-coding", "openai-codex",
    "codex", "chatgpt", "cursor",
  ]

  /// What may stand behind a host, before the model.
  private static let places: [String: Set<String>] = [
    "bedrock": ["converse", "invoke", "converse_like", "invoke_with_response_stream"],
    "azure": ["us", "eu", "global", "global-standard", "data-zone"],
    "azure_ai": ["us", "eu", "global"],
  ]

  private static let regions = [
    "us", "us-gov", "eu", "apac", "jp", "au", "ca", "sa", "me", "af", "global",
  ]

  /// Without `anthropic/`, `openrouter/anthropic/`, `bedrock/us-east-1/`, `us.anthropic.`, an ARN,
  /// and `projects/…/publishers/google/models/`.
  static func withoutHost(_ name: String) -> String {
    var parts = name.split(separator: "/", omittingEmptySubsequences: false)
    if let publisher = publisher(parts) { parts = Array(parts[publisher...]) }
    var host = ""
    while parts.count > 1 {
      let part = String(parts[0])
      if hosts.contains(part) || isARN(part) {
        host = part
      } else if !(places[host]?.contains(part) ?? false || host == "bedrock" && isAWSRegion(part)) {
        break
      }
      parts.removeFirst()
    }
    return withoutRegion(parts.joined(separator: "/"))
  }

  /// Vertex names a model by `[projects/P/locations/L/]publishers/P/models/M`; where M is.
  private static func publisher(_ parts: [Substring]) -> Int? {
    guard let publishers = parts.firstIndex(of: "publishers"), publishers + 3 < parts.count,
      parts[publishers + 2] == "models"
    else { return nil }
    return publishers + 3
  }

  /// The part of an ARN of Bedrock before a model, or before an inference profile of the system.
  ///
  /// The name of a profile of one's own says nothing about the model.
  private static func isARN(_ part: String) -> Bool {
    part.hasPrefix("arn:aws")
      && (part.hasSuffix(":inference-profile") || part.hasSuffix(":foundation-model"))
  }

  private static func withoutRegion(_ name: String) -> String {
    var rest = Substring(name)
    for region in regions where rest.hasPrefix(region + ".") {
      let behind = rest.dropFirst(region.count + 1)
      if vendors.contains(where: { behind.hasPrefix($0) }) { rest = behind }
    }
    for vendor in vendors where rest.hasPrefix(vendor) {
      return String(rest.dropFirst(vendor.count))
    }
    return String(rest)
  }

  /// What Bedrock puts before a model.
  private static let vendors = [
    "anthropic.", "openai.", "moonshotai.", "moonshot.", "zai.", "xai.",
  ]

  /// `us-east-1`, `us-gov-west-1`.
  private static func isAWSRegion(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return (3...4).contains(parts.count)
      && parts.dropLast().allSatisfy { part in
        !part.isEmpty && part.utf8.allSatisfy { $0 &- 0x61 < 26 }
      } && parts.last?.count == 1
  }
}
