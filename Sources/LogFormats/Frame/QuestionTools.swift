/// The tools by which an agent asks a person: their result is the person's answer.
///
/// From the call to the result the agent waits, whatever the log says of it.
enum QuestionTools {
  private static let names: Set<String> = [
    "AskUserQuestion", "ExitPlanMode", "ask_user", "ask_user_question", "exit_plan_mode",
    "request_user_input",
  ]

  static func contains(_ name: String?) -> Bool {
    name.map { names.contains($0) } ?? false
  }
}
