import ArgumentParser

/// A verb that can often answer without waiting for anybody.
///
/// What is asynchronous runs on Swift's pool of threads, and to start that takes longer than a read:
/// so such a verb is first asked to answer on the thread that the program was started on.
protocol PromptVerb: AsyncParsableCommand {
  /// Answers, or says `false` and has done nothing: then `run()` is what is to be called.
  func runAtOnce() throws -> Bool
}
