internal import Events

/// Permissions: asked for, decided, closed.
extension RunFold {
  mutating func requestPermission(_ event: FoldEvent) {
    edit { $0.permissions.requested += 1 }
    guard let id = current.id, let place = current.place else { return }
    let known = working.permission(place)
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
        deniedMark: known?.deniedMark ?? false
      ),
      at: place
    )
    state.openRequests += 1
  }

  mutating func decidePermission() {
    let decision = fields.text(.decision)
    edit { totals in
      switch decision {
      case "deny": totals.permissions.denied += 1
      case "allow": totals.permissions.allowed += 1
      default: break
      }
    }
    guard let id = current.id, let place = current.place else { return }
    closeRequest(at: place)
    let isDenied: Bool
    switch decision {
    case "deny": isDenied = true
    case "allow": isDenied = false
    default: return
    }
    if var call = working.call(place) {
      guard call.status == .open || call.isRunning, call.deniedMark != isDenied else { return }
      call.deniedMark = isDenied
      working.set(call, at: place)
    } else if isDenied || working.permission(place) != nil {
      // A refusal may come before its call: it waits here.
      working.set(.decided(id, denied: isDenied), at: place)
    }
  }

  mutating func closeRequest(at place: Int) {
    guard let permission = working.permission(place), permission.isOpen else { return }
    working.set(.decided(permission.id, denied: permission.deniedMark), at: place)
    state.openRequests -= 1
  }
}

extension Permission {
  var anchor: Anchor {
    Anchor(seq: seq, ordinal: ordinal, ts: ts, label: name.map { Name($0).text })
  }
}
