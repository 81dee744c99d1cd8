internal import Events

/// Permissions: asked for, decided, closed.
extension RunFold {
  mutating func requestPermission(_ event: FoldEvent) {
    edit { $0[.requestedPermissions] += 1 }
    guard let id = current.id, let entry = current.entry else { return }
    let known = working.permission(entry)
    guard known?.isOpen != true else { return }
    working.set(
      Permission(
        id: id,
        seq: event.seq,
        ordinal: event.ordinal,
        ts: event.ts,
        name: fields.text(.name),
        turn: state.openTurn?.row.idx,
        isOpen: true,
        isRefused: known?.isRefused ?? false
      ),
      at: entry
    )
    state.openRequests += 1
  }

  mutating func decidePermission() {
    let decision = fields.text(.decision)
    edit { totals in
      switch decision {
      case "deny": totals[.deniedPermissions] += 1
      case "allow": totals[.allowedPermissions] += 1
      default: break
      }
    }
    guard let id = current.id, let entry = current.entry else { return }
    closeRequest(at: entry)
    let isDenied: Bool
    switch decision {
    case "deny": isDenied = true
    case "allow": isDenied = false
    default: return
    }
    if var call = working.call(entry) {
      guard call.status == .open || call.isRunning, call.isRefused != isDenied else { return }
      call.isRefused = isDenied
      working.set(call, at: entry)
    } else if isDenied || working.permission(entry) != nil {
      // A refusal may come before its call: it waits here.
      working.set(.decided(id, denied: isDenied), at: entry)
    }
  }

  mutating func closeRequest(at entry: Int) {
    guard let permission = working.permission(entry), permission.isOpen else { return }
    working.set(.decided(permission.id, denied: permission.isRefused), at: entry)
    state.openRequests -= 1
  }
}

extension Permission {
  var anchor: Anchor {
    Anchor(seq: seq, ordinal: ordinal, ts: ts, label: name.map { Name($0).text })
  }
}
