internal import Events
internal import RunDigest

// Cutting what is at hand into lines, and handing these to the importer.
extension Position {
  /// What was taken of a source.
  struct Taken {
    var lines: Int64 = 0
    var bytes: Int64 = 0
    /// Whether more must be read before there is another line.
    var isSpent = true
  }

  /// So many lines are taken at once: they may be as short as they like, and each may be an event,
  /// or a complaint.
  static let linesMax = 16_384

  /// Hands whole lines at hand to the importer.
  mutating func take(isEnd: Bool, into sink: inout ImportedEvents) -> Taken {
    var taken = Taken()
    if long != nil {
      takeLong(isEnd: isEnd, into: &sink, &taken)
      guard long == nil else { return taken }
    }
    takeLines(isEnd: isEnd, into: &sink, &taken)
    if taken.isSpent, buffer.count > LongLine.keptBytesMax, !isInDocument {
      long = (LongLine(), hash)
      takeLong(isEnd: isEnd, into: &sink, &taken)
    }
    return taken
  }

  private mutating func takeLines(
    isEnd: Bool,
    into sink: inout ImportedEvents,
    _ taken: inout Taken
  ) {
    let isStart = offset == 0
    var bytes: [UInt8] = []
    swap(&bytes, &buffer)
    var shown = 0
    let done = bytes.withUnsafeBytes { text -> Int in
      let done = LogLines.split(
        text,
        isStart: isStart,
        isEnd: isEnd,
        limit: Self.linesMax
      ) { content, _ in
        shown += 1
        line += 1
        read(content, into: &sink)
      }
      hash.update(UnsafeRawBufferPointer(rebasing: text[..<done]))
      return done
    }
    // A last line without its end goes on under its number, should more of it come.
    if done > 0, bytes[done - 1] != 0x0A, shown > 0 { line -= 1 }
    bytes.removeFirst(done)
    buffer = bytes
    offset += Int64(done)
    taken.lines += Int64(shown)
    taken.bytes += Int64(done)
    if isInCountedLine, shown > 0 {
      taken.lines -= 1
      isInCountedLine = false
    }
    taken.isSpent = shown < Self.linesMax
  }

  /// Takes in what there is of a line that is too long to be held.
  private mutating func takeLong(
    isEnd: Bool,
    into sink: inout ImportedEvents,
    _ taken: inout Taken
  ) {
    guard var (content, after) = long else { return }
    long = nil
    let count = buffer.withUnsafeBytes { bytes in
      let count = content.take(bytes)
      after.update(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      return count
    }
    // Not kept for its size: the rest is short.
    buffer = Array(buffer[count...])
    func isWhole() -> Bool {
      content.kept.withUnsafeBytes { LogLines.isWhole(LogLines.trimmed($0)) }
    }
    guard content.isComplete || isEnd && !content.isGivenUp && isWhole() else {
      long = (content, after)
      return
    }
    line += 1
    let before = unread.count
    if content.isGivenUp {
      sink.report(line: Int(line), content.problem)
    } else {
      content.kept.withUnsafeBytes { bytes in
        let mark = offset == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        read(LogLines.trimmed(UnsafeRawBufferPointer(rebasing: bytes[mark...])), into: &sink)
      }
      if content.isShortened { sink.report(line: Int(line), content.problem) }
    }
    content.kept.withUnsafeBytes { note($0, content.bytes, sink) }
    for i in unread.indices[before...] { unread[i].size = content.bytes }
    if !content.isComplete { line -= 1 }
    offset += content.bytes
    hash = after
    if !isInCountedLine { taken.lines += 1 }
    isInCountedLine = false
    taken.bytes += content.bytes
  }

  private mutating func read(_ content: UnsafeRawBufferPointer, into sink: inout ImportedEvents) {
    // No more is asked of the importer once the source is known to be no log.
    guard !content.isEmpty, !isJunk else { return }
    let before = (problems: sink.problems.count, entries: sink.entries.count)
    importer?.read(line: content, number: Int(line), into: &sink)
    if let unread = unreadFromStart {
      let isUnread = sink.problems.count > before.problems && sink.entries.count == before.entries
      unreadFromStart = isUnread ? unread + 1 : nil
    }
    let number = line
    while lines.count < sink.entries.count { lines.append(number) }
    if unread.count < sink.problems.count { note(content, Int64(content.count), sink) }
  }

  /// Remembers the bytes of the line for the problems that were found in it.
  private mutating func note(
    _ content: UnsafeRawBufferPointer,
    _ size: Int64,
    _ sink: ImportedEvents
  ) {
    for problem in sink.problems[unread.count...] {
      unread.append(
        UnreadLine(line: Int64(problem.line), reason: problem.reason, bytes: content, size: size)
      )
    }
  }

  /// Nothing more is there for now: what can be seen so far is written.
  mutating func pause(_ sink: inout ImportedEvents) {
    importer?.pause(into: &sink)
    while lines.count < sink.entries.count { lines.append(line) }
  }

  /// The source is at its end: what only waited for more is written.
  mutating func atRest(_ sink: inout ImportedEvents) {
    importer?.atRest(into: &sink)
    while lines.count < sink.entries.count { lines.append(line) }
    note(UnsafeRawBufferPointer(start: nil, count: 0), 0, sink)
  }

  /// Reports what is wrong with the file behind the last line.
  mutating func report(damage: String, _ sink: inout ImportedEvents) {
    sink.report(line: Int(line) + 1, damage)
    unread.append(UnreadLine(damage: damage, behind: line, bytes: buffer))
  }
}
