import Events
import Pricing
import Testing

@Suite("Which price the name of a model means")
struct PriceNameTests {
  @Test(
    "A name is found with the marks of hosts, dates and modes",
    arguments: [
      // Spellings, dates and modes.
      ("claude-opus-4-5", "claude-opus-4-5"), ("claude-opus-4.5", "claude-opus-4-5"),
      ("claude-4.5-opus", "claude-opus-4-5"), ("claude-4-sonnet", "claude-sonnet-4"),
      ("claude-sonnet-3.7", "claude-3-7-sonnet"), ("claude-3.5-haiku", "claude-3-5-haiku"),
      ("claude-opus-4-5-20251101", "claude-opus-4-5"),
      ("claude-sonnet-4-20250514", "claude-sonnet-4"),
      ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
      ("claude-opus-4-6[1m]", "claude-opus-4-6"), ("claude-opus-4-6[1M]", "claude-opus-4-6"),
      ("claude-opus-4-6-thinking", "claude-opus-4-6"),
      ("gpt-5-2025-08-07", "gpt-5"), ("gpt-4o-2024-11-20", "gpt-4o"), ("gpt-5-2", "gpt-5.2"),
      ("gpt-5.6", "gpt-5.6-sol"), ("gpt-5-6-sol", "gpt-5.6-sol"),
      ("gpt-5.3-codex-xhigh", "gpt-5.3-codex"), ("GPT-5.5", "gpt-5.5"),
      ("gemini-3-pro-preview", "gemini-3-pro"), ("gemini-2.0-flash-001", "gemini-2.0-flash"),
      ("gemini-3.1-pro-high", "gemini-3.1-pro"), ("MiniMax-M2", "minimax-m2"),
      // Gateways and programs.
      ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
      ("openrouter/anthropic/claude-sonnet-4", "claude-sonnet-4"),
      ("anthropic/claude-3.7-sonnet:thinking", "claude-3-7-sonnet"),
      ("openai/gpt-5.1-codex-max", "gpt-5.1-codex-max"),
      ("litellm_proxy/openai/gpt-5.5", "gpt-5.5"),
      ("vercel_ai_gateway/anthropic/claude-opus-5", "claude-opus-5"),
      ("github_copilot/claude-sonnet-5-5", "claude-sonnet-5-5"),
      ("moonshot-ai/kimi-k2.7-code", "kimi-k2.7-code"), ("kimi-code/k3", "kimi-k3"),
      ("x-ai/grok-4.5", "grok-4.5"), ("z-ai/glm-5.2", "glm-5.2"),
      // Bedrock.
      ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
      ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
      ("eu.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
      ("apac.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4"),
      ("global.anthropic.claude-opus-5-5", "claude-opus-5-5"),
      ("us-gov.anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-3-7-sonnet"),
      ("us.anthropic.claude-opus-4-6-v1[1m]", "claude-opus-4-6"),
      ("bedrock/us-east-1/anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku"),
      ("bedrock/converse/global.anthropic.claude-opus-4-8-v1", "claude-opus-4-8"),
      (
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/"
          + "us.anthropic.claude-opus-4-1-20250805-v1:0", "claude-opus-4-1"
      ),
      (
        "bedrock/arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/"
          + "anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"
      ),
      // Vertex.
      ("vertex_ai/claude-opus-4-1@20250805", "claude-opus-4-1"),
      ("claude-haiku-4-5@default", "claude-haiku-4-5"),
      ("claude-haiku-4-5@latest", "claude-haiku-4-5"),
      ("publishers/anthropic/models/claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
      (
        "projects/mill/locations/us-east5/publishers/google/models/gemini-2.5-pro",
        "gemini-2.5-pro"
      ),
      ("models/gemini-2.5-pro", "gemini-2.5-pro"), ("gemini-2.5-pro@001", "gemini-2.5-pro"),
      ("google-vertex-anthropic/claude-opus-4-8@20260528", "claude-opus-4-8"),
      // Azure.
      ("azure/gpt-5.1", "gpt-5.1"), ("azure/eu/gpt-5.1-2025-11-13", "gpt-5.1"),
      ("azure/global-standard/gpt-4o", "gpt-4o"), ("azure_ai/claude-opus-4-5", "claude-opus-4-5"),
    ]
  )
  func names(_ name: String, _ model: String) throws {
    let found = try PriceTable.builtIn().model(named: name)
    #expect(found?.model.name == model)
    #expect(found?.tier == nil)
  }

  @Test(
    "Of what stands behind the last @ only the four words are tiers",
    arguments: [
      ("claude-opus-4-8@fast", "claude-opus-4-8", "fast"),
      ("gpt-5.5@priority", "gpt-5.5", "priority"), ("gpt-5.5@flex", "gpt-5.5", "flex"),
      ("claude-opus-4-1@20250805@batch", "claude-opus-4-1", "batch"),
      ("us.anthropic.claude-opus-4-8-v1[1m]@fast", "claude-opus-4-8", "fast"),
      ("publishers/anthropic/models/claude-opus-5@20260724@fast", "claude-opus-5", "fast"),
      ("anthropic/claude-opus-4.8-fast", "claude-opus-4-8", "fast"),
      ("claude-opus-4-8-fast@fast", "claude-opus-4-8", "fast"),
    ]
  )
  func tiers(_ name: String, _ model: String, _ tier: String) throws {
    let found = try PriceTable.builtIn().model(named: name)
    #expect(found?.model.name == model)
    #expect(found?.tier?.rawValue == tier)
  }

  @Test(
    "A name that only looks alike has no price",
    arguments: [
      "", "claude", "opus", "claude-opus-4-5-mini", "my-claude-opus-4-5", "gpt-5-codexx",
      "gpt-5.5.1", "someone/claude-opus-4-5", "claude-opus-4-5/free", "claude-opus-4-5-2025",
      "gpt-5:free", "(unknown)", "(other)", "<synthetic>", "/", "[1m]", "-fast", "@", "@fast",
      "claude-opus-6", "claude-opus-5-6", "claude-opus-4-8@turbo@20", "gpt-7", "gpt-5.7-sol",
      "gemini-5-pro", "openai.gpt", "us.claude-opus-4-5-eu", "deepinfra/moonshotai/kimi-k3",
      "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
      "publishers/anthropic/claude-opus-4-5", "codex-auto-review", "kimi-for-coding",
    ]
  )
  func strangers(_ name: String) throws {
    let found = try PriceTable.builtIn().model(named: name)
    #expect(found == nil, "taken for \(found?.model.name ?? "")")
  }

  @Test("A date that has a price of its own is not the model without its date")
  func datedPrice() throws {
    let found = try PriceTable.builtIn().model(named: "openai/gpt-4o-2024-05-13")
    #expect(found?.model.name == "gpt-4o-2024-05-13")
  }
}
