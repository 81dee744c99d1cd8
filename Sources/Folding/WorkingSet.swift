internal import Events

/// The calls and permissions of a run that the fold has at hand, with what it changed of them.
///
/// The tables hold all of them; only those that a batch touches come in here. «Known to be absent»
/// is an answer too, and differs from «not asked».
struct WorkingSet {
  struct Entry {
    var call: Call?
    var permission: Permission?
    var isCallKnown = false
    var isPermissionKnown = false
    var isCallDirty = false
    var isPermissionDirty = false
  }

  private(set) var entries: [ExactText: Entry] = [:]
  /// Whether the tables hold nothing that is not in here, as for a run folded from its start.
  private(set) var isComplete: Bool
  /// The ids with an open call or request among the entries.
  private(set) var openIDs: Set<ExactText> = []
  private(set) var openCalls: Int64 = 0
  private(set) var openRequests: Int64 = 0
  private var dirtyIDs: [ExactText] = []

  init(isComplete: Bool) {
    self.isComplete = isComplete
  }

  func knows(_ id: String) -> Bool {
    if isComplete { return true }
    guard let entry = entries[ExactText(id)] else { return false }
    return entry.isCallKnown && entry.isPermissionKnown
  }

  func call(_ id: String) -> Call? { entries[ExactText(id)]?.call }

  func permission(_ id: String) -> Permission? { entries[ExactText(id)]?.permission }

  mutating func set(_ call: Call) {
    update(call.callID) { entry in
      entry.call = call
      entry.isCallKnown = true
      entry.isCallDirty = true
    }
  }

  mutating func set(_ permission: Permission) {
    update(permission.id) { entry in
      entry.permission = permission
      entry.isPermissionKnown = true
      entry.isPermissionDirty = true
    }
  }

  /// Takes in rows read from the tables, where nothing newer is known.
  mutating func supply(id: String, call: Call?, permission: Permission?) {
    update(id) { entry in
      if !entry.isCallKnown {
        entry.call = call
        entry.isCallKnown = true
      }
      if !entry.isPermissionKnown {
        entry.permission = permission
        entry.isPermissionKnown = true
      }
    }
  }

  /// Takes in all open rows of the tables, where nothing newer is known.
  mutating func supplyOpen(calls: [Call], permissions: [Permission]) {
    for permission in permissions {
      update(permission.id) { entry in
        guard !entry.isPermissionKnown else { return }
        entry.permission = permission
        entry.isPermissionKnown = true
      }
    }
    for call in calls {
      update(call.callID) { entry in
        guard !entry.isCallKnown else { return }
        entry.call = call
        entry.isCallKnown = true
      }
    }
  }

  /// Changes an entry and keeps the counts of open things in step.
  private mutating func update(_ id: String, _ change: (inout Entry) -> Void) {
    let id = ExactText(id)
    var entry = entries[id] ?? Entry()
    let wasDirty = entry.isCallDirty || entry.isPermissionDirty
    let before = (call: entry.call?.status == .open, request: entry.permission?.isOpen == true)
    change(&entry)
    let after = (call: entry.call?.status == .open, request: entry.permission?.isOpen == true)
    entries[id] = entry
    if before.call != after.call { openCalls += after.call ? 1 : -1 }
    if before.request != after.request { openRequests += after.request ? 1 : -1 }
    if after.call || after.request {
      openIDs.insert(id)
    } else if before.call || before.request {
      openIDs.remove(id)
    }
    if !wasDirty, entry.isCallDirty || entry.isPermissionDirty { dirtyIDs.append(id) }
  }

  /// The rows that changed since the last take, calls by seq and permissions by seq.
  mutating func takeDirty() -> (calls: [Call], permissions: [Permission]) {
    var calls: [Call] = []
    var permissions: [Permission] = []
    for id in dirtyIDs {
      guard var entry = entries[id] else { continue }
      if entry.isCallDirty, let call = entry.call { calls.append(call) }
      if entry.isPermissionDirty, let permission = entry.permission {
        permissions.append(permission)
      }
      entry.isCallDirty = false
      entry.isPermissionDirty = false
      entries[id] = entry
    }
    dirtyIDs.removeAll(keepingCapacity: true)
    calls.sort { $0.seq < $1.seq }
    permissions.sort { ($0.seq, $0.id) < ($1.seq, $1.id) }
    return (calls, permissions)
  }

  /// Forgets everything when it has grown large, so that memory does not grow with the run.
  /// Only for a set without unwritten changes; what is needed again is read again.
  mutating func trim(above limit: Int) {
    guard entries.count > limit, dirtyIDs.isEmpty else { return }
    self = WorkingSet(isComplete: false)
  }
}
