internal import Events
internal import Folding
internal import Storage

/// The rows of the derived tables as values, column by column.
extension Call {
  /// Columns: call_id, seq, ordinal, name, turn, start_ts, end_ts, status, denied, own_ms, running.
  init(row: Statement) {
    self.init(
      callID: row.string(at: 0),
      seq: row.int64(at: 1),
      ordinal: row.optionalInt64(at: 2),
      name: row.string(at: 3),
      turn: row.optionalInt64(at: 4),
      startTs: row.time(at: 5),
      endTs: row.optionalTime(at: 6),
      status: Status(rawValue: UInt8(truncatingIfNeeded: row.int64(at: 7))) ?? .other,
      ownMs: row.optionalInt64(at: 9),
      isRefused: row.int64(at: 8) != 0,
      isRunning: row.int64(at: 10) != 0
    )
  }
}

extension Permission {
  /// Columns: id, seq, ordinal, ts, name, turn, open, denied.
  init(row: Statement) {
    self.init(
      id: row.string(at: 0),
      seq: row.int64(at: 1),
      ordinal: row.optionalInt64(at: 2),
      ts: row.time(at: 3),
      name: row.optionalString(at: 4),
      turn: row.optionalInt64(at: 5),
      isOpen: row.int64(at: 6) != 0,
      isRefused: row.int64(at: 7) != 0
    )
  }
}

extension Turn {
  /// Columns: idx, turn_id, synthetic, session, start_seq, end_seq, start_ordinal, end_ordinal,
  /// start_ts, end_ts, ttft_us, status, stop_reason, input, output, cache_read, cache_write,
  /// cost_nano, tool_calls, tool_failed, errors, issues, prompt, own_ms, models.
  init(row: Statement) throws {
    self.init(
      idx: row.int64(at: 0),
      turnID: row.optionalString(at: 1),
      synthetic: row.int64(at: 2) != 0,
      session: row.optionalString(at: 3),
      startSeq: row.int64(at: 4),
      startOrdinal: row.optionalInt64(at: 6),
      startTs: row.time(at: 8)
    )
    endSeq = row.optionalInt64(at: 5)
    endOrdinal = row.optionalInt64(at: 7)
    endTs = row.optionalTime(at: 9)
    ttftMicros = row.optionalInt64(at: 10)
    status = row.optionalString(at: 11).map(TurnStatus.init(rawValue:))
    stopReason = row.optionalString(at: 12).map(StopReason.init(rawValue:))
    tokens.input = row.int64(at: 13)
    tokens.output = row.int64(at: 14)
    tokens.cacheRead = row.int64(at: 15)
    tokens.cacheWrite = row.int64(at: 16)
    if let nanoUSD = row.optionalInt64(at: 17) { cost = ReportedCost(nanoUSD: nanoUSD) }
    toolCalls = row.int64(at: 18)
    toolFailed = row.int64(at: 19)
    errors = row.int64(at: 20)
    issues = row.int64(at: 21)
    prompt = row.int64(at: 22) != 0
    ownMs = row.optionalInt64(at: 23)
    if !row.isNull(at: 24) { try readModels(row.bytes(at: 24)) }
  }
}

extension Finding {
  /// Columns: n, type, class, severity, seq, ordinal, ts, label, turn.
  init(row: Statement) {
    self.init(
      n: row.int64(at: 0),
      type: FindingType(word: row.string(at: 1)),
      errorClass: row.string(at: 2),
      severity: Severity(word: row.string(at: 3)),
      anchor: Anchor(
        seq: row.int64(at: 4),
        ordinal: row.optionalInt64(at: 5),
        ts: row.time(at: 6),
        label: row.optionalString(at: 7)
      ),
      turn: row.optionalInt64(at: 8)
    )
  }
}

extension Statement {
  fileprivate func time(at index: Int32) -> Timestamp { Timestamp(microseconds: int64(at: index)) }

  fileprivate func optionalTime(at index: Int32) -> Timestamp? {
    optionalInt64(at: index).map(Timestamp.init(microseconds:))
  }
}
