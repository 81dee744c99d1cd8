import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Copies of a store")
struct CopyVerbTests {
  let tool: Tool

  init() throws {
    tool = try Tool()
    try append(["a", "b", "c"])
  }

  private func append(_ ids: [String]) throws {
    let lines = ids.map { #"{"kind":"text","id":"\#($0)"}"# }.joined(separator: "\n")
    #expect(try tool.run("append", "--run", "r", input: lines).status == 0)
  }

  private func events(_ store: String) throws -> Int {
    try tool.run("export", "events", "--store", tool.path(store)).output.split(separator: "\n")
      .count
  }

  @Test("a backup is one checked file for its owner, equal to the store")
  func backup() throws {
    let result = try tool.run("backup", "b.sqlite", "--json")
    #expect(result.status == 0, "\(result.error)")
    let json = try result.json()
    #expect(json["events"] as? Int == 3)
    #expect(json["runs"] as? Int == 1)
    #expect(json["path"] as? String == tool.path("b.sqlite"))
    #expect(mode(of: tool.path("b.sqlite")) == 0o600)
    #expect(names(in: tool.folder.path).filter { $0.hasPrefix("b.sqlite") } == ["b.sqlite"])
    #expect(
      try tool.run("export", "events").output
        == tool.run("export", "events", "--store", tool.path("b.sqlite")).output
    )
    #expect(try tool.run("verify", "--store", tool.path("b.sqlite")).status == 0)
  }

  @Test("a backup never replaces a file, and a store that is not there has none")
  func refusals() throws {
    try tool.write("mine", to: "b.sqlite")
    #expect(try tool.run("backup", "b.sqlite").status == 4)
    #expect(try String(contentsOfFile: tool.path("b.sqlite"), encoding: .utf8) == "mine")
    #expect(try tool.run("backup", "no/such/folder.sqlite").status == 3)
    #expect(try tool.run("backup", "c.sqlite", "--store", tool.path("none.sqlite")).status == 3)
    #expect(!tool.exists("c.sqlite"))
  }

  @Test("a restore brings back what the backup has, and keeps the store that was there")
  func restore() throws {
    try tool.run("backup", "b.sqlite")
    try append(["d", "e"])
    let result = try tool.run("restore", "b.sqlite", "--json")
    #expect(result.status == 0, "\(result.error)")
    #expect(try result.json()["kept"] as? String == tool.path("runs.sqlite.replaced"))
    #expect(try events("runs.sqlite") == 3)
    #expect(try events("runs.sqlite.replaced") == 5)
    #expect(try events("b.sqlite") == 3)
    #expect(mode(of: tool.store) == 0o600)
    try append(["f"])
    #expect(try events("runs.sqlite") == 4)
    #expect(try tool.run("verify").status == 0)
    // Again: the name of the first one is taken.
    let again = try tool.run("restore", "b.sqlite", "--json")
    #expect(try again.json()["kept"] as? String == tool.path("runs.sqlite.replaced-2"))
  }

  @Test("a restore makes a store where there is none")
  func restoreAnew() throws {
    try tool.run("backup", "b.sqlite")
    #expect(try tool.run("restore", "b.sqlite", "--store", tool.path("new/n.sqlite")).status == 0)
    #expect(try events("new/n.sqlite") == 3)
  }

  @Test("a backup that is cut, or is not a store, replaces nothing")
  func damaged() throws {
    try tool.run("backup", "b.sqlite")
    let whole = try Data(contentsOf: URL(fileURLWithPath: tool.path("b.sqlite")))
    try tool.write(whole.prefix(whole.count / 2), to: "cut.sqlite")
    try tool.write("no store", to: "text.sqlite")
    for name in ["cut.sqlite", "text.sqlite", "b2.sqlite", "runs.sqlite"] {
      let result = try tool.run("restore", name)
      #expect([2, 3, 4].contains(result.status), "\(name): \(result.status)")
      #expect(result.error.split(separator: "\n").count == 1)
    }
    #expect(try events("runs.sqlite") == 3)
    #expect(
      !names(in: tool.folder.path).contains { $0.contains("replaced") || $0.contains("copy") }
    )
  }

  @Test("what was stored is a success when its report cannot be printed, and this is said")
  func closedOutput() throws {
    for (redirection, id) in [(">&-", "x"), (">/dev/full", "y")] {
      let result = try tool.run(
        arguments: ["append", "--run", "o"],
        input: #"{"kind":"text","id":"\#(id)"}"#,
        through: ["/bin/sh", "-c", #"exec "$0" "$@" \#(redirection)"#]
      )
      #expect(result.status == 0)
      #expect(result.error.contains("the events are stored"))
    }
    #expect(try events("runs.sqlite") == 5)
  }
}
