import ArgumentParser

/// The run that a verb is about.
struct RunArgument: ParsableArguments {
  @Argument(help: "The run, or the beginning of its name.")
  var run: String
}
