import LogFormats
import Testing

@Suite("What the formats say of themselves")
struct FormatAboutTests {
  @Test("Each format has a title of its own, and says what its logs tell and what they do not")
  func complete() {
    #expect(Set(LogFormat.all.map(\.about.title)).count == LogFormat.all.count)
    for format in LogFormat.all {
      #expect(!format.about.title.isEmpty, "\(format.name)")
      #expect(!format.about.tells.isEmpty, "\(format.name)")
      #expect(!format.about.cannotTell.isEmpty, "\(format.name)")
      for sentence in format.about.tells + format.about.cannotTell {
        #expect(sentence.hasSuffix(".") && sentence.utf8.count < 100, "\(format.name): \(sentence)")
      }
    }
  }

  @Test("Homes are written as a shell would write them, below the home of the person")
  func homes() {
    for format in LogFormat.all {
      for home in format.about.homes {
        #expect(home.path.contains("~"), "\(format.name): \(home.path)")
        let opened = home.path.split(separator: "${", omittingEmptySubsequences: false).count
        let closed = home.path.split(separator: "}", omittingEmptySubsequences: false).count
        #expect(opened == closed, "\(format.name): \(home.path)")
      }
    }
  }

  @Test("The formats' homes are where agents are looked for")
  func lookedFor() throws {
    let homes = try #require(AgentHomes { $0 == "HOME" ? "/nowhere" : nil }).homes
    let named = LogFormat.all.flatMap(\.about.homes).map(\.agent)
    #expect(Set(homes.map(\.agent)) == Set(named))
    #expect(homes.allSatisfy { !$0.isThere && $0.path.hasPrefix("/nowhere/") })
  }
}
