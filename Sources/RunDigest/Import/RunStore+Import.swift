internal import Storage

extension RunStore {
  /// Stores a batch of events and how far their source was read, in one transaction.
  ///
  /// `keepsFirst` passes over an event with an id that its run has already, whatever its body.
  ///
  /// - Throws: ``BilledMeanwhile`` when another run billed a request of the batch since it was read.
  package func storeImported(
    _ entries: [ImportEntry],
    cursor: ImportCursor?,
    keepsFirst: Bool,
    durability: Durability = .committed
  ) async throws -> [ImportOutcome] {
    do {
      return try await write(entries, cursor, keepsFirst, false, durability)
    } catch let error as StoreError
      where error.code == .conflict || error.code == .invalidArgument
    {
      return try await write(entries, cursor, keepsFirst, true, durability)
    }
  }

  private func write(
    _ entries: [ImportEntry],
    _ cursor: ImportCursor?,
    _ keepsFirst: Bool,
    _ isCareful: Bool,
    _ durability: Durability
  ) async throws -> [ImportOutcome] {
    let options = options
    return try await queue.write(priority: .maintenance, durability: durability) { context in
      try ImportWriter(
        context: context,
        options: options,
        keepsFirst: keepsFirst,
        isCareful: isCareful
      ).write(entries, cursor)
    }
  }

  /// How far a source was read; `nil` if it never was.
  package func importCursor(of path: String) throws -> ImportCursor? {
    try reader.read { reads in
      let select = try reads.connection.statement(
        """
        SELECT device, inode, size, mtime, offset, prefix_hash, generation, state
        FROM import_sources WHERE path = ?1
        """
      )
      try select.bind(path, at: 1)
      return try select.firstRow { row in
        ImportCursor(
          path: path,
          device: row.int64(at: 0),
          inode: row.int64(at: 1),
          size: row.int64(at: 2),
          mtime: row.int64(at: 3),
          offset: row.int64(at: 4),
          prefixHash: Array(row.bytes(at: 5)),
          generation: row.int64(at: 6),
          state: Array(row.bytes(at: 7))
        )
      }
    }
  }

  /// The run that a model request was billed to.
  package func biller(of request: String) throws -> String? {
    try reader.read { reads in
      let select = try reads.connection.statement(
        "SELECT r.name FROM billed b JOIN runs r ON r.id = b.run WHERE b.message_id = ?1"
      )
      try select.bind(request, at: 1)
      return try select.firstRow { $0.string(at: 0) }
    }
  }
}
