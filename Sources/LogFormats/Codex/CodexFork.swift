internal import Events

// Where the history that a fork has copied ends, and its own part begins.
//
// A fork's log begins with its own header, and then repeats its parent's lines, written again at
// the time of the fork: its times say nothing. Its own part begins
// 1. where its header says so by the number of a line;
// 2. else with the first turn whose id, a UUID of version 7, is not older than the thread's own; for
//    ids of another version, with the first turn that is said to have started since;
// 3. in logs that give no turn ids, behind the last of the counts of tokens at its head that its
//    parent, or another fork of that parent, has too, from the next prompt on;
// 4. where none of them is known, at the first pause of more than a second: what is copied is
//    written in one go. A prompt without an answer before the pause is the fork's own.
//
// In 3. and 4. the lines are held back until that is known. In 3. the parent or the sibling may be
// imported later: the fork waits for it.
struct CodexFork: Codable {
  /// A thread whose history may have been copied.
  struct Ancestor: Codable {
    var id: String
    var createdMs: Int64?
  }

  /// Where a line belongs.
  enum Place {
    case own
    case copied(from: String)
    /// That is not known yet.
    case held
  }

  /// A line that is held back.
  struct Held: Codable {
    var line: String
    /// What its count of tokens is known by, if it has one.
    var row: String?
    var step = Step.other

    /// Whether the model has done it.
    var isModels: Bool { step == .model || row != nil }
    /// Whether a turn may begin with it.
    var begins: Bool { step == .prompt || step == .context }
  }

  enum Step: String, Codable { case prompt, context, model, other }

  /// The threads whose history may have been copied, the parent first.
  private(set) var ancestors: [Ancestor]
  private let id: String
  /// When the fork was made, in milliseconds.
  private let createdMs: Int64?
  /// The number of the first line that is not copied, where the header says so.
  private let ownOrdinal: Int64?
  private let hasBase: Bool
  /// Whether the copied turns have ids, so that the first own one will be recognised.
  private var hasTurnIDs = false
  /// Who lived the turn that is being read.
  private var owner: String?
  private(set) var held: [Held] = []
  private var heldBytes = 0
  /// The time of the line before, and whether all lines came in one go so far.
  private var lastTS: Timestamp?
  private var isOneGo = true
  /// What of the counts that are held back is a request.
  private var probe = CodexCounter()

  init(of id: String, _ facts: CodexFacts, from ancestor: String?, ts: Timestamp?) {
    self.id = id
    ancestors = ancestor.map { [Ancestor(id: $0, createdMs: CodexUUID.milliseconds($0))] } ?? []
    createdMs = facts.createdMs
    ownOrdinal = facts.ownOrdinal
    hasBase = facts.hasBase
    lastTS = ts
  }

  mutating func add(ancestor: String, _ header: CodexLine) {
    let stamp = header.payload.text("timestamp").flatMap { Timestamp($0) }
    let created = CodexUUID.milliseconds(ancestor) ?? stamp.map { $0.microseconds / 1000 }
    if let index = ancestors.firstIndex(where: { $0.id == ancestor }) {
      ancestors[index].createdMs = created
    } else {
      ancestors.append(Ancestor(id: ancestor, createdMs: created))
    }
    lastTS = header.ts ?? lastTS
  }

  /// When what is copied was lived at the latest.
  var madeAt: Timestamp? { createdMs.map { Timestamp(microseconds: $0 * 1000) } }

  // MARK: Lines that say where they belong

  mutating func place(of line: CodexLine) -> Place {
    if let ownOrdinal, let ordinal = line.object.count("ordinal") {
      guard ordinal < ownOrdinal else { return .own }
      return .copied(from: owner(of: line))
    }
    // With a base, the history stays in the parent's log.
    if hasBase || isOwnTurn(line) { return .own }
    if let thread = line.payload.text("thread_id") {
      return thread == id ? .own : .copied(from: thread)
    }
    return hasTurnIDs ? .copied(from: owner(of: line)) : .held
  }

  /// Whether a line begins a turn of the fork itself.
  private mutating func isOwnTurn(_ line: CodexLine) -> Bool {
    guard line.kind == "task_started" || line.kind == "turn_context",
      let turn = line.payload.text("turn_id"), let createdMs
    else { return false }
    if let started = CodexUUID.milliseconds(turn) {
      hasTurnIDs = true
      return started >= createdMs
    }
    guard let started = line.payload.count("started_at") else { return false }
    hasTurnIDs = true
    return started >= createdMs / 1000
  }

  /// The thread that lived a copied line: the youngest that is not younger than the line's turn.
  private mutating func owner(of line: CodexLine) -> String {
    if let thread = line.payload.text("thread_id") { return thread }
    if line.kind == "task_started" || line.kind == "turn_context",
      let turn = line.payload.text("turn_id").flatMap({ CodexUUID.milliseconds($0) })
    {
      let elders = ancestors.filter { ($0.createdMs ?? .min) <= turn }
      owner = elders.max { ($0.createdMs ?? .min) < ($1.createdMs ?? .min) }?.id
    }
    return owner ?? parent
  }

  private var parent: String { ancestors.first?.id ?? id }

  // MARK: Lines that do not

  /// Whether the fork waits for its parent's log, or for another fork of it.
  var isWaiting: Bool { held.contains { $0.row != nil } }

  /// Holds a line back; returns what its count of tokens is known by, if it is that of a request.
  mutating func hold(_ line: CodexLine) -> String? {
    let row = row(of: line)
    let text = String(decoding: line.object.raw, as: UTF8.self)
    held.append(Held(line: text, row: row, step: Self.step(line)))
    heldBytes += text.utf8.count
    return row
  }

  private mutating func row(of line: CodexLine) -> String? {
    guard line.kind == "token_count" else { return nil }
    let info = line.payload["info"]
    let total = CodexCounts(info?["total_token_usage"])
    let last = CodexCounts(info?["last_token_usage"])
    guard let total, probe.advance(to: total, last: last)?.isRequest == true else { return nil }
    return CodexCounter.row(total, last, of: "")
  }

  private static func step(_ line: CodexLine) -> Step {
    switch line.kind {
    case "user_message": .prompt
    case "task_started", "turn_context": .context
    case "message":
      line.payload["role"]?.equals("assistant") == true
        ? .model : CodexPrompt(item: line, name: "") == nil ? .context : .prompt
    default: line.type == "response_item" || line.kind.hasPrefix("agent_") ? .model : .other
    }
  }

  /// How many of the lines that are held back are copied, once a line says that it comes after a
  /// pause; `nil` while it is not known.
  mutating func copiedBeforePause(_ line: CodexLine) -> Int? {
    guard let ts = line.ts else { return nil }
    defer { lastTS = ts }
    guard let lastTS, ts.microseconds - lastTS.microseconds > Self.pause else { return nil }
    let last = held.lastIndex { $0.isModels }
    guard isOneGo, last != nil || held.contains(where: { $0.step == .prompt }) else {
      isOneGo = false
      return nil
    }
    // A prompt that waits for its answer is not of what was copied.
    guard let last else { return 0 }
    let rest = held[(last + 1)...]
    guard rest.contains(where: { $0.step == .prompt }) else { return held.count }
    return rest.firstIndex { $0.begins } ?? held.count
  }

  private static let pause: Int64 = 1_000_000

  /// How many of the lines that are held back are copied, by which of their counts others have too;
  /// `nil` while it is not known.
  func copied(where isShared: (String) -> Bool) -> Int? {
    var lastShared: Int?
    for (index, line) in held.enumerated() {
      guard let row = line.row else { continue }
      if isShared(row) {
        lastShared = index
      } else if let lastShared {
        let rest = held[(lastShared + 1)..<index]
        return rest.firstIndex { $0.begins } ?? lastShared + 1
      } else {
        return nil
      }
    }
    return heldBytes > Self.heldBytesMax ? lastShared.map { $0 + 1 } ?? held.count : nil
  }

  /// So much is held back at most; what is more is taken for copied.
  private static let heldBytesMax = 16 << 20

  /// How many of them are copied where the first own turn has been found.
  var copiedBeforeOwnTurn: Int {
    held.contains { $0.isModels } ? held.count : 0
  }

  mutating func takeHeld() -> [Held] {
    defer { held = [] }
    return held
  }
}
