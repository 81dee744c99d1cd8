internal import Events

/// The calls and permissions of a run that the fold has in memory, with what it changed of them.
///
/// The tables hold all of them; only those that a batch touches come in here. "Known to be absent" differs from
/// "not asked". Until the set first forgets rows, an id that is not in it is not in the tables either, if the run was
/// folded from its first event.
///
/// An id is looked up once per event; after that its entry is used by its index.
struct WorkingSet {
  private struct Entry {
    var call: Call?
    var permission: Permission?
    var isCallKnown = false
    var isPermissionKnown = false
    var isCallDirty = false
    var isPermissionDirty = false
    /// Where it is among the open ones.
    var openIndex: Int?
  }

  private var indexes: [ExactText: Int] = [:]
  private var entries: [Entry] = []
  /// Whether the tables have no id that is not in here.
  private let isComplete: Bool
  /// The indexes of entries with an open call or request, in no order.
  private(set) var openEntries: [Int] = []
  private(set) var openCalls: Int64 = 0
  private(set) var openRequests: Int64 = 0
  private var dirtyEntries: [Int] = []

  /// Begins with no entry; `isComplete` if the tables have none either.
  init(isComplete: Bool) {
    self.isComplete = isComplete
  }

  /// How many ids are in memory.
  var count: Int { entries.count }

  /// The index of the entry of an id, which is made if it has none; valid until ``trim(above:)``.
  mutating func index(of id: String) -> Int {
    let id = ExactText(id)
    let (index, isNew) = Self.index(at: &indexes[id, default: -1], in: &entries)
    if isNew, isComplete {
      entries[index].isCallKnown = true
      entries[index].isPermissionKnown = true
    }
    return index
  }

  private static func index(
    at index: inout Int,
    in entries: inout [Entry]
  ) -> (index: Int, isNew: Bool) {
    guard index < 0 else { return (index, false) }
    index = entries.count
    entries.append(Entry())
    return (index, true)
  }

  /// Whether the tables need not be asked.
  func isKnown(_ index: Int) -> Bool {
    entries[index].isCallKnown && entries[index].isPermissionKnown
  }

  func call(_ index: Int) -> Call? { entries[index].call }

  func permission(_ index: Int) -> Permission? { entries[index].permission }

  mutating func set(_ call: Call, at index: Int) {
    update(index) { entry in
      entry.call = call
      entry.isCallKnown = true
      entry.isCallDirty = true
    }
  }

  mutating func set(_ permission: Permission, at index: Int) {
    update(index) { entry in
      entry.permission = permission
      entry.isPermissionKnown = true
      entry.isPermissionDirty = true
    }
  }

  /// Takes in rows read from the tables, where nothing newer is known.
  mutating func supply(call: Call?, permission: Permission?, at index: Int) {
    update(index) { entry in
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
      update(index(of: permission.id)) { entry in
        guard !entry.isPermissionKnown else { return }
        entry.permission = permission
        entry.isPermissionKnown = true
      }
    }
    for call in calls {
      update(index(of: call.callID)) { entry in
        guard !entry.isCallKnown else { return }
        entry.call = call
        entry.isCallKnown = true
      }
    }
  }

  /// Changes an entry without copying it, and keeps the counts of open things in step.
  private mutating func update(_ index: Int, _ change: (inout Entry) -> Void) {
    let (before, after) = Self.change(&entries[index], change)
    if before.hasOpenCall != after.hasOpenCall { openCalls += after.hasOpenCall ? 1 : -1 }
    if before.hasOpenRequest != after.hasOpenRequest {
      openRequests += after.hasOpenRequest ? 1 : -1
    }
    if after.isOpen, !before.isOpen { open(index) }
    if before.isOpen, !after.isOpen { close(index) }
    if after.isDirty, !before.isDirty { dirtyEntries.append(index) }
  }

  private mutating func open(_ index: Int) {
    entries[index].openIndex = openEntries.count
    openEntries.append(index)
  }

  /// The last of the open ones moves to where it was among them.
  private mutating func close(_ index: Int) {
    guard let position = entries[index].openIndex, let last = openEntries.popLast() else { return }
    entries[index].openIndex = nil
    guard last != index else { return }
    openEntries[position] = last
    entries[last].openIndex = position
  }

  private struct Standing {
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
  ) -> (before: Standing, after: Standing) {
    let before = Standing(entry)
    change(&entry)
    return (before, Standing(entry))
  }

  /// The rows that changed since the last take, calls by seq and permissions by seq.
  mutating func takeDirty() -> (calls: [Call], permissions: [Permission]) {
    var calls: [Call] = []
    var permissions: [Permission] = []
    for index in dirtyEntries {
      if entries[index].isCallDirty, let call = entries[index].call { calls.append(call) }
      if entries[index].isPermissionDirty, let permission = entries[index].permission {
        permissions.append(permission)
      }
      entries[index].isCallDirty = false
      entries[index].isPermissionDirty = false
    }
    dirtyEntries.removeAll(keepingCapacity: true)
    calls.sort { $0.seq < $1.seq }
    permissions.sort { ($0.seq, $0.id) < ($1.seq, $1.id) }
    return (calls, permissions)
  }

  /// Forgets everything when it has grown large, so that memory does not grow with the run.
  ///
  /// Only for a set without unwritten changes; what is needed again is read again.
  mutating func trim(above limit: Int) {
    guard entries.count > limit, dirtyEntries.isEmpty else { return }
    self = WorkingSet(isComplete: false)
  }
}
