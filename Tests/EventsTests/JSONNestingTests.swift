import Events
import TestSupport
import Testing

@Suite("Nesting")
struct JSONNestingTests {
  static func nested(_ levels: Int, in shell: String = "{\"a\":") -> [UInt8] {
    let isObject = shell.hasPrefix("{")
    let open = Array(shell.utf8)
    var text: [UInt8] = []
    for _ in 0..<levels { text += open }
    text += [0x31]
    return text + Array(repeating: isObject ? 0x7D : 0x5D, count: levels)
  }

  @Test("A payload of 128 levels folds, of 129 it does not, itself being the first")
  func limits() {
    #expect(scanned(Self.nested(128)) { $0.shape } == .object)
    #expect(scanned(Self.nested(129)) { $0.shape } == .tooDeep)
    let arrays = Array("{\"model\":\"m\",\"x\":".utf8) + Self.nested(127, in: "[") + [0x7D]
    #expect(scanned(arrays) { $0.text(.model) } == "m")
    let deeper = Array("{\"model\":\"m\",\"x\":".utf8) + Self.nested(128, in: "[") + [0x7D]
    #expect(scanned(deeper) { $0.shape } == .tooDeep)
    #expect(scanned(deeper) { $0.text(.model) } == nil)
  }

  @Test("A million levels are checked without recursion", arguments: ["{\"a\":", "["])
  func million(_ shell: String) {
    let deep = Self.nested(1_000_000, in: shell)
    #expect(jsonProblem(deep) == nil)
    #expect(scanned(deep) { $0.shape } == (shell == "[" ? .notAnObject : .tooDeep))
    #expect(
      jsonProblem(Array(deep.dropLast())) == JSONError(offset: deep.count - 1, isTruncated: true)
    )
    var wrong = deep
    wrong[deep.count - 1] = shell == "[" ? 0x7D : 0x5D
    #expect(jsonProblem(wrong) == JSONError(offset: deep.count - 1, isTruncated: false))
  }

  @Test("Brackets of both kinds are matched at every depth around the size of a word")
  func mixed() {
    var generator = SeededNumbers(seed: 7)
    for depth in [1, 2, 62, 63, 64, 65, 66, 127, 128, 129, 200] {
      var text: [UInt8] = []
      var closing: [UInt8] = []
      for _ in 0..<depth {
        if Bool.random(using: &generator) {
          text += Array("{\"k\":".utf8)
          closing.append(0x7D)
        } else {
          text += Array("[0,".utf8)
          closing.append(0x5D)
        }
      }
      text += [0x31]
      for (i, bracket) in closing.reversed().enumerated() {
        text.append(bracket)
        // A wrong bracket in any place is seen.
        if i == depth / 2 {
          let wrong = text.dropLast() + [bracket == 0x7D ? 0x5D : 0x7D]
          #expect(
            jsonProblem(Array(wrong)) == JSONError(offset: text.count - 1, isTruncated: false)
          )
        }
      }
      #expect(jsonProblem(text) == nil, "\(depth)")
    }
  }
}
