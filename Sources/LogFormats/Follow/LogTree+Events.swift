internal import Glibc

// Folders with a file for each event of a conversation: all of its files are one log, which goes by
// the path of the folder.
extension LogTree {
  /// Takes the events in a folder in; answers what else is in it.
  mutating func takeEvents(among names: [String], in real: String) -> [String] {
    guard EventFolder.isOne(real) else { return names }
    var others: [String] = []
    var last: (number: Int64, name: String)?
    for name in names {
      guard let number = EventFolder.number(of: name) else {
        others.append(name)
        continue
      }
      if last.map({ $0 < (number, name) }) ?? true { last = (number, name) }
    }
    folders[real]?.lastEvent = last
    if last != nil {
      matches += 1
      noteEvents(of: real)
    }
    return others
  }

  /// An event was written, or is being written.
  mutating func noteEvent(_ number: Int64, _ name: String, in real: String) {
    if folders[real]?.lastEvent.map({ $0 <= (number, name) }) ?? true {
      folders[real]?.lastEvent = (number, name)
    } else {
      // One before the last, of which neither the folder nor the last one tells.
      files[real] = nil
    }
    noteEvents(of: real)
  }

  /// Marks the log as changed where its folder or its last file is another than it was.
  mutating func noteEvents(of real: String) {
    guard let folder = folders[real], let last = folder.lastEvent else { return }
    var status = stat()
    guard stat(real, &status) == 0 else { return drop(real) }
    var event = stat()
    // One that is gone by now is no part of it.
    if stat(real + "/" + last.name, &event) != 0 { event = status }
    // About as much as it is: nobody adds up ten thousand files for a progress bar.
    let bytes = Int64(event.st_size) * (last.number + 1)
    note(real, shown: folder.shown, FileStamp(folder: status, last: event), bytes: bytes)
  }
}
