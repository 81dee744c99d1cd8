import Events
import RunDigest

/// What became of the lines of one append.
struct AppendReport {
  private let run: String
  private let listsProblems: Bool
  private(set) var refused: Int64 = 0
  private var appended: Int64 = 0
  private var duplicates: Int64 = 0
  private var head: Int64 = 0
  private var problems: [(line: Int, reason: String)] = []

  /// How many refused lines are reported one by one on standard error.
  private static let problemsMax = 20
  /// How many are listed in JSON.
  private static let listedMax = 10_000

  init(run: String, listsProblems: Bool) {
    self.run = run
    self.listsProblems = listsProblems
  }

  mutating func count(_ outcome: ImportOutcome, line: Int) {
    switch outcome {
    case .appended(let seq):
      appended += 1
      head = max(head, seq)
    case .duplicate(let seq):
      duplicates += 1
      head = max(head, seq)
    case .refused(let reason):
      refuse(line, reason)
    }
  }

  mutating func refuse(_ line: Int, _ reason: String) {
    refused += 1
    if listsProblems, problems.count < Self.listedMax { problems.append((line, reason)) }
    if refused <= Self.problemsMax { Failure.say("line \(line): \(reason)") }
  }

  func print(json: Bool) {
    if refused > Self.problemsMax {
      Failure.say("\(Units.count(refused - Int64(Self.problemsMax))) more lines were refused")
    }
    guard json else {
      Output.line(
        "\(Units.count(appended, "event")) appended, \(Units.count(duplicates, "duplicate")), "
          + "\(Units.count(refused)) refused"
      )
      return
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("run", run)
      json.member("appended", appended)
      json.member("duplicates", duplicates)
      json.member("refused", refused)
      json.member("last_seq", head)
      json.array("problems") { json in
        for (line, reason) in problems {
          json.object { json in
            json.member("line", line)
            json.member("reason", reason)
          }
        }
      }
    }
    Output.line(writer.text)
  }
}
