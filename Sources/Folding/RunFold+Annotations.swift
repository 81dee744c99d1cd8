internal import Events

/// What agents and people say about a run as a whole.
extension RunFold {
  /// The agent states what the run has cost by its own sum.
  mutating func noteAgentCost() {
    digest.facts.agentNanoUSD = fields.money(.usd) ?? digest.facts.agentNanoUSD
  }

  /// A tag is set or taken away; one that exceeds the bound is dropped.
  mutating func tagRun() {
    guard let name = fields.name(.name) else { return }
    let index = digest.tagNames.firstIndex { !$0.bytes.lexicographicallyPrecedes(name.bytes) }
    let found = index.map { digest.tagNames[$0] == name } ?? false
    if fields.isTrue(.remove) {
      if let index, found { digest.tagNames.remove(at: index) }
    } else if !found, digest.tagNames.count < Digest.tagsMax {
      digest.tagNames.insert(name, at: index ?? digest.tagNames.count)
    }
  }

  /// A score is given; one of a new name that exceeds the bound is dropped.
  mutating func scoreRun() {
    guard let name = fields.name(.name), let value = fields.money(.value) else { return }
    guard digest.scores.count < Digest.scoresMax || digest.scores.names.contains(name) else {
      return
    }
    digest.scores[at: digest.scores.position(of: name, initial: 0)] = value
  }
}
