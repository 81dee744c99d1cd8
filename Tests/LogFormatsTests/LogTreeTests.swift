import Foundation
import Glibc
import Testing

@testable import LogFormats

extension Following {
  @Suite("The folders and files that are followed")
  struct LogTreeTests {
    let root: String

    init() throws {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("rundigest-tree-\(UUID().uuidString)").resolvingSymlinksInPath()
      root = folder.path
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
  }
}

extension Following.LogTreeTests {
  func write(_ name: String, _ text: String = "{}") throws {
    let url = URL(fileURLWithPath: root + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try text.write(to: url, atomically: false, encoding: .utf8)
  }

  func remove() { try? FileManager.default.removeItem(atPath: root) }

  func changed(_ tree: inout LogTree) -> [String] {
    tree.takeChanged().map { String(($0.path ?? "").dropFirst(root.utf8.count + 1)) }
  }

  /// A tree that follows the folder, and takes in what the kernel tells.
  func makeTree(_ watcher: Inotify) -> LogTree {
    LogTree([root], follows: true, watcher: watcher)
  }

  @Test("A session's log comes before its sub-agents', packed and rotated ones are logs too")
  func order() throws {
    defer { remove() }
    for name in [
      "b.jsonl", "agent-1.jsonl", "b/subagents/agent-2.jsonl", "a.jsonl.1", "a.jsonl.2.gz",
      "a.ndjson.zst", "c.json", "b.jsonl-20260601", "notes.txt", "jsonl.1", ".hidden.jsonl",
      ".hidden/x.jsonl", "x.gz",
    ] { try write(name) }
    var tree = LogTree([root])
    #expect(
      changed(&tree) == [
        "a.jsonl.1", "a.jsonl.2.gz", "a.ndjson.zst", "b.jsonl", "b.jsonl-20260601", "c.json",
        "agent-1.jsonl",
        "b/subagents/agent-2.jsonl",
      ]
    )
    #expect(changed(&tree).isEmpty)
  }

  @Test(
    "Of folders that begin with a dot only the homes of agents are looked at, and only their logs"
  )
  func dotFolders() throws {
    defer { remove() }
    let logs = [
      "home/.claude/projects/p/1.jsonl", "home/.codex/archived_sessions/2.jsonl",
      "home/.codex/sessions/2026/3.jsonl", "home/.gemini/antigravity/brain/c/4.jsonl",
      "home/.gemini/tmp/h/chats/5.json", "home/.claude-work/projects/p/6.jsonl",
      "home/.config/claude/projects/p/7.jsonl", "home/.pi/agent/sessions/8.jsonl",
      "work/local_1/.claude/projects/p/9.jsonl",
    ]
    let others = [
      "home/.claude/history.jsonl", "home/.claude/todos/a.json", "home/.codex/auth.json",
      "home/.config/other/a.json", "home/.config/claude/a.json", "home/.claudette/projects/a.json",
      "home/.git/a.json", "home/.pi/a.json", "home/.claude.json",
    ]
    for name in logs + others { try write(name) }
    var tree = LogTree([root])
    #expect(changed(&tree).sorted() == logs.sorted())
    // A folder that is named is looked at whole, also one that was found before.
    var named = LogTree([root, root + "/home/.claude"])
    let more = ["home/.claude/history.jsonl", "home/.claude/todos/a.json"]
    #expect(changed(&named).sorted() == (logs + more).sorted())
  }

  @Test("A home that an agent makes later is followed")
  func laterHome() throws {
    defer { remove() }
    let watcher = try #require(Inotify())
    var tree = makeTree(watcher)
    try write(".codex/auth.json")
    watcher.drain { tree.take($0) }
    #expect(changed(&tree).isEmpty)
    try write(".codex/sessions/1.jsonl")
    try write(".codex/log/2.jsonl")
    watcher.drain { tree.take($0) }
    #expect(changed(&tree) == [".codex/sessions/1.jsonl"])
  }

  @Test("What is made in a new folder before it can be watched is found")
  func race() throws {
    defer { remove() }
    let watcher = try #require(Inotify())
    var tree = makeTree(watcher)
    // All of it is there when the first event is read.
    try write("a/b/c/1.jsonl")
    watcher.drain { tree.take($0) }
    #expect(changed(&tree) == ["a/b/c/1.jsonl"])
    try write("a/b/c/2.jsonl")
    try write("a/b/3.jsonl")
    watcher.drain { tree.take($0) }
    #expect(Set(changed(&tree)) == ["a/b/c/2.jsonl", "a/b/3.jsonl"])
  }

  @Test("A folder that is moved is followed at its new place, and no more at its old one")
  func moved() throws {
    defer { remove() }
    let watcher = try #require(Inotify())
    try write("a/b/1.jsonl")
    var tree = makeTree(watcher)
    _ = changed(&tree)
    #expect(rename(root + "/a", root + "/z") == 0)
    watcher.drain { tree.take($0) }
    #expect(changed(&tree) == ["z/b/1.jsonl"])
    #expect(tree.files.count == 1 && tree.folders.count == 3 && tree.watched.count == 3)
    try write("z/b/1.jsonl", "{}{}")
    watcher.drain { tree.take($0) }
    #expect(changed(&tree) == ["z/b/1.jsonl"])
  }

  @Test("When the kernel lost count, everything is looked at")
  func overflow() throws {
    defer { remove() }
    let watcher = try #require(Inotify())
    try write("a/1.jsonl")
    var tree = makeTree(watcher)
    _ = changed(&tree)
    try write("a/1.jsonl", "{}{}")
    try write("a/2.jsonl")
    try write("b/3.jsonl")
    watcher.drain { _ in }
    #expect(changed(&tree).isEmpty)
    tree.take(.lost)
    #expect(Set(changed(&tree)) == ["a/1.jsonl", "a/2.jsonl", "b/3.jsonl"])
  }

  /// A kernel that watches so many folders and no more.
  final class Meagre: FolderWatcher {
    var left: Int32

    init(_ count: Int32) { left = count }

    func watch(_ folder: String) -> Int32? {
      guard left > 0 else {
        errno = ENOSPC
        return nil
      }
      left -= 1
      return left + 1
    }

    func unwatch(_ watch: Int32) {}
  }

  @Test("Where there are too many folders to watch, it is said, and sweeps find the rest")
  func limit() throws {
    defer { remove() }
    for name in ["a/1.jsonl", "b/2.jsonl", "c/3.jsonl"] { try write(name) }
    var tree = LogTree([root], follows: true, watcher: Meagre(2))
    #expect(changed(&tree).count == 3)
    #expect(tree.watchProblem?.contains("fs.inotify.max_user_watches") == true)
    try write("c/3.jsonl", "{}{}")
    try write("c/d/4.jsonl")
    tree.sweep(isDeep: false)
    #expect(Set(changed(&tree)) == ["c/3.jsonl", "c/d/4.jsonl"])
    tree.sweep(isDeep: false)
    #expect(changed(&tree).isEmpty)
    try FileManager.default.removeItem(atPath: root + "/c")
    tree.sweep(isDeep: false)
    #expect(tree.files.count == 2)
  }

  @Test("A folder that goes and comes back is taken in again")
  func comesBack() throws {
    defer { remove() }
    let watcher = try #require(Inotify())
    try write("home/1.jsonl")
    var tree = LogTree([root + "/home"], follows: true, watcher: watcher)
    _ = changed(&tree)
    try FileManager.default.removeItem(atPath: root + "/home")
    watcher.drain { tree.take($0) }
    #expect(tree.hasMissingRoots && tree.files.isEmpty)
    try write("home/2.jsonl")
    tree.lookForMissingRoots()
    #expect(changed(&tree) == ["home/2.jsonl"])
    try write("home/3.jsonl")
    watcher.drain { tree.take($0) }
    #expect(changed(&tree) == ["home/3.jsonl"])
  }

  @Test("A name that is no text is reported, once")
  func unspeakable() throws {
    defer { remove() }
    try write("1.jsonl")
    let name = Array((root + "/").utf8) + [0xFF] + Array(".jsonl".utf8)
    let descriptor = open(name.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
    var tree = LogTree([root])
    #expect(tree.takeProblems().map(\.problem.kind) == [.unreadable])
    tree.sweep(isDeep: true)
    #expect(tree.takeProblems().isEmpty)
    #expect(changed(&tree) == ["1.jsonl"])
  }

  @Test("A machine that slept, or whose clock was set, is noticed; time that passes is not")
  func clocks() {
    let second: Int64 = 1_000_000_000
    func reading(_ boot: Int64, _ monotonic: Int64, _ wall: Int64) -> ClockJump.Reading {
      ClockJump.Reading(boot: boot * second, monotonic: monotonic * second, wall: wall * second)
    }
    var clock = ClockJump(reading(100, 100, 1000))
    let jumps = [
      reading(105, 105, 1005),
      reading(1105, 1105, 2006),
      // It slept for ten minutes.
      reading(1710, 1110, 2611),
      reading(1715, 1115, 2616),
      // It was set forward, and back.
      reading(1720, 1120, 6221),
      reading(1725, 1125, 2626),
      reading(1730, 1130, 2631),
    ].map { clock.happened($0) }
    #expect(jumps == [false, false, true, false, true, true, false])
  }
}
