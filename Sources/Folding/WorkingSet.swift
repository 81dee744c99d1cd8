internal import Events

/// The calls and permissions of a run that the fold has at hand, with what it changed of them.
///
/// The tables hold all of them; only those that a batch touches come in here. «Known to be absent»
/// is an answer too, and differs from «not asked».
///
/// An id is looked up once per event; from then on its entry goes by its place.
///
/// Of a run that it has gone through from its start it knows nearly always that an id is new, however
/// many there were: the tables are not asked for what they cannot have.
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

  private var places: [ExactText: Int] = [:]
  private var entries: [Entry] = []
  /// The ids that are in the tables and not in here, none for a run folded from its start; `nil` if there
  /// may be any.
  private var written: IDFilter?
  /// The places with an open call or request, in no order.
  private(set) var openPlaces: [Int] = []
  private(set) var openCalls: Int64 = 0
  private(set) var openRequests: Int64 = 0
  private var dirtyPlaces: [Int] = []

  /// Begins with nothing at hand; `isComplete` when the tables have nothing either.
  init(isComplete: Bool) {
    written = isComplete ? IDFilter() : nil
  }

  /// How many ids are at hand, or would be in the memory that it takes.
  var count: Int { entries.count + (written?.bytes ?? 0) / 400 }

  /// The place of an id, which is made if it has none; valid until ``trim(above:)``.
  mutating func place(of id: String) -> Int {
    let id = ExactText(id)
    let (place, isNew) = Self.place(at: &places[id, default: -1], in: &entries)
    if isNew, let written, !written.mayHave(id) {
      entries[place].isCallKnown = true
      entries[place].isPermissionKnown = true
    }
    return place
  }

  private static func place(
    at place: inout Int,
    in entries: inout [Entry]
  ) -> (place: Int, isNew: Bool) {
    guard place < 0 else { return (place, false) }
    place = entries.count
    entries.append(Entry())
    return (place, true)
  }

  /// Whether the tables need not be asked.
  func isKnown(_ place: Int) -> Bool {
    entries[place].isCallKnown && entries[place].isPermissionKnown
  }

  func call(_ place: Int) -> Call? { entries[place].call }

  func permission(_ place: Int) -> Permission? { entries[place].permission }

  mutating func set(_ call: Call, at place: Int) {
    update(place) { entry in
      entry.call = call
      entry.isCallKnown = true
      entry.isCallDirty = true
    }
  }

  mutating func set(_ permission: Permission, at place: Int) {
    update(place) { entry in
      entry.permission = permission
      entry.isPermissionKnown = true
      entry.isPermissionDirty = true
    }
  }

  /// Takes in rows read from the tables, where nothing newer is known.
  mutating func supply(call: Call?, permission: Permission?, at place: Int) {
    update(place) { entry in
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
      update(place(of: permission.id)) { entry in
        guard !entry.isPermissionKnown else { return }
        entry.permission = permission
        entry.isPermissionKnown = true
      }
    }
    for call in calls {
      update(place(of: call.callID)) { entry in
        guard !entry.isCallKnown else { return }
        entry.call = call
        entry.isCallKnown = true
      }
    }
  }

  /// Changes an entry, in its place, and keeps the counts of open things in step.
  private mutating func update(_ place: Int, _ change: (inout Entry) -> Void) {
    let (before, after) = Self.change(&entries[place], change)
    if before.hasOpenCall != after.hasOpenCall { openCalls += after.hasOpenCall ? 1 : -1 }
    if before.hasOpenRequest != after.hasOpenRequest {
      openRequests += after.hasOpenRequest ? 1 : -1
    }
    if after.isOpen, !before.isOpen { open(place) }
    if before.isOpen, !after.isOpen { close(place) }
    if after.isDirty, !before.isDirty { dirtyPlaces.append(place) }
  }

  private mutating func open(_ place: Int) {
    entries[place].openIndex = openPlaces.count
    openPlaces.append(place)
  }

  /// The last of the open ones takes its place among them.
  private mutating func close(_ place: Int) {
    guard let index = entries[place].openIndex, let last = openPlaces.popLast() else { return }
    entries[place].openIndex = nil
    guard last != place else { return }
    openPlaces[index] = last
    entries[last].openIndex = index
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
    for place in dirtyPlaces {
      if entries[place].isCallDirty, let call = entries[place].call { calls.append(call) }
      if entries[place].isPermissionDirty, let permission = entries[place].permission {
        permissions.append(permission)
      }
      entries[place].isCallDirty = false
      entries[place].isPermissionDirty = false
    }
    dirtyPlaces.removeAll(keepingCapacity: true)
    calls.sort { $0.seq < $1.seq }
    permissions.sort { ($0.seq, $0.id) < ($1.seq, $1.id) }
    return (calls, permissions)
  }

  /// Forgets everything when it has grown large, so that memory does not grow with the run.
  ///
  /// Only for a set without unwritten changes; what is needed again is read again.
  mutating func trim(above limit: Int) {
    guard entries.count > limit, dirtyPlaces.isEmpty else { return }
    // Out of its place, so that it is changed without being copied.
    var written = self.written
    self.written = nil
    for id in places.keys { written?.insert(id) }
    self = WorkingSet(isComplete: false)
    self.written = written
  }
}
