package import Engine
package import Folding

/// A batch that was folded in memory and waits to be written.
package struct PreparedFold: Sendable {
  package var row: DigestRow
  package var changes: FoldChanges

  package var key: DigestKey { row.key }
  package var digest: Digest { row.digest }

  /// What the digest row will say once this is written.
  package var result: DigestRevision {
    DigestRevision(watermark: digest.watermark, revision: (row.expected?.revision ?? 0) + 1)
  }

  /// Takes all that a fold has changed since it was last written.
  package init(key: DigestKey, expected: DigestRevision?, fold cached: CachedFold) {
    changes = cached.fold.takeChanges()
    row = DigestRow(
      key: key,
      expected: expected,
      digest: cached.fold.digest,
      body: cached.fold.digest.encodedBody(),
      state: cached.fold.encodedState()
    )
  }

  /// Takes a fold from the start of a run, to replace what is stored of it.
  package init(key: DigestKey, expected: DigestRevision, reference: ReferenceFold) {
    changes = reference.changes
    row = DigestRow(
      key: key,
      expected: expected,
      digest: reference.digest,
      body: reference.digest.encodedBody(),
      state: reference.state
    )
  }
}
