import ArgumentParser

@main
struct DigestCtl: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "digest-ctl")
}
