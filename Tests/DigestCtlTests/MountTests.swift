import Glibc
import TestSupport
import Testing

/// Stores in mounts; made as root, in mount namespaces of their own.
@Suite("Stores in mounts", .enabled(if: geteuid() == 0))
struct MountTests {
  let tool: Tool

  init() throws {
    tool = try Tool()
    try tool.run("append", "--run", "r", input: #"{"kind":"text","id":"a"}"#)
  }

  /// Runs a verb after commands of a shell, which mount something.
  private func run(_ mounts: String, _ arguments: String...) throws -> Tool.Result {
    try tool.run(
      arguments: arguments,
      input: #"{"kind":"text","id":"b"}"#,
      through: ["/usr/bin/unshare", "-m", "/bin/sh", "-ec", mounts + #"; exec "$0" "$@""#]
    )
  }

  @Test("a store that is mounted as a single file is refused, with the advice to mount the folder")
  func singleFile() throws {
    let mount = "mkdir -p b; touch b/s.sqlite; mount --bind runs.sqlite b/s.sqlite"
    for arguments in [["append", "--run", "r"], ["runs"]] {
      let store = tool.path("b/s.sqlite")
      let result = try tool.run(
        arguments: arguments + ["--store", store],
        input: #"{"kind":"text","id":"b"}"#,
        through: ["/usr/bin/unshare", "-m", "/bin/sh", "-ec", mount + #"; exec "$0" "$@""#]
      )
      #expect(result.status == 4)
      #expect(result.error.contains("mount the folder"))
    }
    #expect(!tool.exists("b/s.sqlite.gate"))
    #expect(try tool.run("export", "events").output.split(separator: "\n").count == 1)
  }

  @Test("a store in a folder that is mounted elsewhere is one store")
  func folder() throws {
    try tool.write("", to: "b/x")
    let result = try run(
      "mount --bind . b",
      "append",
      "--run",
      "r",
      "--store",
      tool.path("b/runs.sqlite")
    )
    #expect(result.status == 0, "\(result.error)")
    #expect(try tool.run("export", "events").output.split(separator: "\n").count == 2)
  }

  @Test("a store that lies alone on a read-only mount is read, and not written to")
  func readOnly() throws {
    // In WAL mode, as a copy of a closed store is.
    try tool.run(
      "append",
      "--run",
      "r",
      "--store",
      tool.path("ro.sqlite"),
      input: #"{"kind":"text"}"#
    )
    let mount =
      "mkdir -p alone; cp ro.sqlite alone/s.sqlite; mount --bind alone alone; mount -o remount,ro,bind alone"
    let store = tool.path("alone/s.sqlite")
    for verb in ["runs", "verify", "doctor"] {
      let result = try run(mount, verb, "--store", store)
      #expect(result.status == 0, "\(verb): \(result.error)")
    }
    #expect(
      try run(mount, "export", "events", "--store", store).output.split(separator: "\n").count == 1
    )
    #expect(try run(mount, "append", "--run", "r", "--store", store).status == 4)
    #expect(!tool.exists("alone/s.sqlite-wal"))
  }

  @Test("a store whose disk has no inodes left is told so, exit 5, and leaves no empty file")
  func noInodes() throws {
    let result = try run(
      "mkdir -p t; mount -t tmpfs -o nr_inodes=3 none t",
      "append",
      "--run",
      "r",
      "--store",
      tool.path("t/s.sqlite")
    )
    #expect(result.status == 5)
    #expect(result.error.contains("no inodes left"))
    let later = try run(
      "mkdir -p t; mount -t tmpfs -o nr_inodes=3 none t; cp runs.sqlite t/s.sqlite; touch t/a",
      "append",
      "--run",
      "r",
      "--store",
      tool.path("t/s.sqlite")
    )
    #expect(later.status == 5)
    #expect(later.error.contains("no inodes left"))
  }
}
