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

  /// Changes an entry, in its place, and keeps the counts of open things in step.
  private mutating func update(_ id: String, _ change: (inout Entry) -> Void) {
    let id = ExactText(id)
    let (before, after) = Self.change(&entries[id, default: Entry()], change)
    if before.hasOpenCall != after.hasOpenCall { openCalls += after.hasOpenCall ? 1 : -1 }
    if before.hasOpenRequest != after.hasOpenRequest {
      openRequests += after.hasOpenRequest ? 1 : -1
    }
    if after.isOpen, !before.isOpen { openIDs.insert(id) }
    if before.isOpen, !after.isOpen { openIDs.remove(id) }
    if after.isDirty, !before.isDirty { dirtyIDs.append(id) }
  }

  private struct Marks {
    var hasOpenCall: Bool
    var hasOpenRequest: Bool
    var isDirty: Bool
    var isOpen: Bool { hasOpenCall || hasOpenRequest }

    init(_ entry: borrowing Entry) {
      hasOpenCall = entry.call?.status == .open
      hasOpenRequest = entry.permission?.isOpen == true
      isDirty = entry.isCallDirty || entry.isPermissionDirty
    }
  }

  private static func change(
    _ entry: inout Entry,
    _ change: (inout Entry) -> Void
  ) -> (before: Marks, after: Marks) {
    let before = Marks(entry)
    change(&entry)
    return (before, Marks(entry))
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
  ///
  /// Only for a set without unwritten changes; what is needed again is read again.
  mutating func trim(above limit: Int) {
    guard entries.count > limit, dirtyIDs.isEmpty else { return }
    self = WorkingSet(isComplete: false)
  }
}
