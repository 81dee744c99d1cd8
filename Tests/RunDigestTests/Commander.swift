import Glibc
import RunDigest
import Storage
import Support
import TestSupport

@testable import Engine

/// What was promised of a run.
struct Promise {
  /// Ids of events that are in its log.
  var events: Set<String> = []
  /// The status that its end answered, while nobody has tried to reopen it.
  var sealed: String?
}

/// One that gives `digest-ctl` command after command, as a person or a script does: appends, imports,
/// ends of every kind, resumes, rebuilds, reads and checks.
///
/// A command that was killed is given again, until it says that it is done: only what it answered then
/// is a promise.
final class Commander {
  private let number: Int
  private let evidence: Evidence
  private var random: SeededNumbers
  private var lives = 0
  private var todo: [Command] = []
  private var running: (process: ChildProcess, output: String, command: Command)?
  private(set) var promises: [String: Promise] = [:]
  private(set) var done: [String: Int] = [:]
  /// How often the command at hand was killed.
  private var deaths = 0

  struct Command {
    var words: [String]
    var run: String?
    /// Events that are there once it is done.
    var ids: [String] = []
    var input: String?
    /// Whether its answer is an outcome that stands.
    var ends = false
  }

  init(_ number: Int, _ evidence: Evidence, seed: UInt64) {
    self.number = number
    self.evidence = evidence
    random = SeededNumbers(scattering: seed)
  }

  /// Whether a command is under way that may be killed: one that was killed again and again is let
  /// through, so that it goes on.
  var isMortal: Bool { running != nil && deaths < 4 }

  /// Takes the answer of a command that has ended, and gives the next.
  func step() throws {
    if let (process, output, command) = running {
      guard let status = process.poll() else { return }
      running = nil
      deaths = 0
      try take(status, output, process, command)
    }
    if todo.isEmpty { todo = try life() }
    let command = todo[0]
    // From now on a reopening may be committed, or not.
    if let run = command.run { promises[run]?.sealed = nil }
    let output = evidence.folder.file("answer-\(number)")
    Glibc.remove(output)
    let process = try ChildProcess(
      "digest-ctl",
      command.words + ["--store", evidence.folder.file(), "--json"],
      files: .init(
        input: command.input,
        output: output,
        errors: evidence.newComplaints(of: command.words[0])
      )
    )
    running = (process, output, command)
  }

  /// Kills the command under way; `false` when it had ended by itself.
  func kill() throws -> Bool {
    guard let (process, output, command) = running else { return false }
    running = nil
    let status = process.end()
    if status & 0x7F == SIGKILL {
      deaths += 1
      evidence.note("killed \(process.name)")
      return true
    }
    deaths = 0
    try take(status, output, process, command)
    return false
  }

  /// Lets the command under way come to its end.
  func finish() throws {
    guard let (process, output, command) = running else { return }
    running = nil
    // So long that only one that goes on for ever has not ended.
    let deadline = MonotonicTime.now() + 1_200_000_000_000
    while process.poll() == nil {
      guard MonotonicTime.now() < deadline else {
        throw StoreError(.timedOut, "\(process.name) goes on for ever: \(process.complaints)")
      }
      usleep(2000)
    }
    try take(process.end(), output, process, command)
  }

  private func take(
    _ status: Int32,
    _ output: String,
    _ process: ChildProcess,
    _ command: Command
  ) throws {
    let answer = String(decoding: contents(of: output), as: UTF8.self)
    let said = process.complaints
    evidence.note("\(process.name) ended with \(status): \(answer.prefix(300)) \(said)")
    guard status == 0 else {
      // Of two rebuilds one gives up; a store that is busy for too long is not at fault.
      let isTurnedAway = status == 5 << 8 || said.contains("try again")
      if !isTurnedAway {
        evidence.problem("\(process.name) ended with \(status): \(said) \(answer.prefix(500))")
      }
      if command.words[0] == "rebuild" || !isTurnedAway { todo.removeFirst() }
      return
    }
    todo.removeFirst()
    done[command.words[0], default: 0] += 1
    guard let run = command.run else { return }
    promises[run, default: Promise()].events.formUnion(command.ids)
    guard command.ends else { return }
    guard let outcome = Self.status(in: answer) else {
      throw StoreError(.io, "\(process.name) answered without an outcome: \(answer)")
    }
    promises[run]?.sealed = outcome
  }

  /// The status in `…"outcome":{"status":"stopped",…`.
  private static func status(in answer: String) -> String? {
    let parts = answer.split(separator: "\"outcome\":{\"status\":\"", maxSplits: 1)
    return parts.last.flatMap { $0.split(separator: "\"").first }.map(String.init)
  }

  // MARK: What it does

  /// The commands of one run's life.
  private func life() throws -> [Command] {
    lives += 1
    let run = "t\(number)-\(lives)"
    promises[run] = Promise()
    let ends = ["stop", "crash", "fail", "terminate"]
    func end() -> Command { Command(words: [ends[random.below(4)], run], run: run, ends: true) }
    // The second repeats a part of the first.
    var commands = [try append(run, 0..<7), try append(run, 4..<12)]
    if random.below(2) == 0 { commands.append(try importing(run + "-i", count: 9)) }
    commands += [end(), look(run)]
    if random.below(2) == 0 {
      commands.append(Command(words: ["resume", run], run: run))
      commands += [try append(run, 12..<15), end()]
    }
    return commands
  }

  private func look(_ run: String) -> Command {
    switch random.below(8) {
    case 0: Command(words: ["rebuild"])
    case 1: Command(words: ["rebuild", "--run", run])
    case 2: Command(words: ["verify"])
    case 3: Command(words: ["health"])
    case 4: Command(words: ["runs"])
    case 5, 6: Command(words: ["verify", run])
    default: Command(words: ["insight", run])
    }
  }

  private func append(_ run: String, _ numbers: Range<Int>) throws -> Command {
    let file = evidence.folder.file("events-\(number)-\(lives)-\(numbers.lowerBound).jsonl")
    try write(numbers.map { event($0, of: nil) }, to: file)
    return Command(
      words: ["append", "--run", run],
      run: run,
      ids: numbers.map { "i\($0)" },
      input: file
    )
  }

  private func importing(_ run: String, count: Int) throws -> Command {
    let file = evidence.folder.file("log-\(number)-\(lives).jsonl")
    try write((0..<count).map { event($0, of: run) }, to: file)
    return Command(words: ["import", file], run: run, ids: (0..<count).map { "i\($0)" })
  }

  private func event(_ number: Int, of run: String?) -> String {
    let bodies = [
      #""kind":"turn.start","payload":{}"#,
      #""kind":"tool_call","payload":{"id":"c\#(number / 6)","name":"bash"}"#,
      #""kind":"usage","payload":{"model":"m","input_tokens":9,"cost_usd":0.01}"#,
      #""kind":"tool_result","payload":{"id":"c\#(number / 6)","is_error":true}"#,
      #""kind":"error","payload":{"type":"e"}"#,
      #""kind":"turn.result","payload":{"status":"success"}"#,
    ]
    let second = number < 10 ? "0\(number)" : "\(number)"
    return #"{"id":"i\#(number)","ts":"2026-01-01T00:00:\#(second)Z","session":"s\#(self.number)","#
      + (run.map { "\"run\":\"\($0)\"," } ?? "") + bodies[number % bodies.count] + "}\n"
  }

  private func write(_ lines: [String], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(file) }
    let text = Array(lines.joined().utf8)
    guard file >= 0, Glibc.write(file, text, text.count) == text.count else {
      throw StoreError(.io, "cannot write \(path)")
    }
  }
}
