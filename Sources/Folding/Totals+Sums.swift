/// Totals as sums over many runs: what the store adds, moves and splits.
extension Totals {
  /// Sums over runs have no bounds of the digest's kind, only one that keeps a row writable however
  /// many names a hostile log invents.
  static let sumBounds = Bounds(kinds: 4096, models: 4096, tools: 4096, errors: 4096)

  /// Adds other totals to a sum over runs.
  package mutating func merge(_ other: Totals) {
    add(other, within: Self.sumBounds)
  }

  /// What a family sums: runs, events, cost, tokens and whatever else is a plain number.
  package var familyPart: Totals {
    var part = self
    part.kinds = NameMap()
    part.tools = NameMap()
    part.errors = NameMap()
    part.issues = NameMap()
    part.turnLatency = Sketch()
    part.ttft = Sketch()
    return part
  }

  /// Turns a family's sum into what takes it away again.
  package mutating func negate() {
    var negative = Totals()
    negative.counters -= counters
    for (name, usage) in zip(models.names, models.values) {
      var opposite = ModelUsage()
      opposite -= usage
      _ = negative.models.append(name, opposite)
    }
    self = negative
  }

  /// One part for each model, holding only what is the model's.
  package var partsByModel: [(name: String, part: Totals)] {
    models.entries.map { name, usage in
      var part = Totals()
      _ = part.models.append(Name(name), usage)
      return (name, part)
    }
  }

  /// One part for each tool, holding only what is the tool's.
  package var partsByTool: [(name: String, part: Totals)] {
    tools.entries.map { name, usage in
      var part = Totals()
      _ = part.tools.append(Name(name), usage)
      return (name, part)
    }
  }

  /// The key that a name has in a rollup.
  package static func rollupKey(_ name: String) -> String {
    name.utf8.count <= Name.bytesMax ? name : Name(name).text
  }

  static let bodyFormat: UInt8 = 2

  /// The binary form that a sum's row keeps.
  package func encodedBody() -> [UInt8] {
    var writer = ByteWriter()
    writer.byte(Self.bodyFormat)
    encode(to: &writer)
    return writer.bytes
  }

  /// Reads a sum's row back.
  package init(body: UnsafeRawBufferPointer) throws(FoldError) {
    do throws(ByteReader.Damaged) {
      var reader = ByteReader(body)
      try reader.readFormat(Self.bodyFormat)
      try self.init(from: &reader)
      guard reader.isAtEnd else { throw ByteReader.Damaged(offset: body.count) }
    } catch {
      throw .damagedState("a sum does not read back at byte \(error.offset)")
    }
  }
}

extension Totals {
  /// The same sum with its maps in the order of their names, and without models that came and went:
  /// sums are the same in whatever order they were added up.
  package var canonical: Totals {
    var sorted = self
    sorted.kinds = kinds.sortedByName { _ in true }
    sorted.models = models.sortedByName { $0 != ModelUsage() }
    sorted.tools = tools.sortedByName { _ in true }
    sorted.errors = errors.sortedByName { _ in true }
    sorted.issues = issues.sortedByName { _ in true }
    return sorted
  }
}

extension NameMap {
  fileprivate func sortedByName(keeping: (Value) -> Bool) -> NameMap {
    var sorted = NameMap()
    for index in names.indices.sorted(by: {
      names[$0].bytes.lexicographicallyPrecedes(names[$1].bytes)
    }) where keeping(values[index]) {
      _ = sorted.append(names[index], values[index])
    }
    return sorted
  }
}
