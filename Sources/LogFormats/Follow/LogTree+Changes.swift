internal import Glibc

extension LogTree {
  /// Takes in what the kernel tells.
  mutating func take(_ event: Inotify.Event) {
    if event.isOverflow { return sweep(isDeep: true) }
    guard let folder = watched[event.watch] else { return }
    if event.isWatchGone || event.isFolderGone { return drop(folder) }
    guard let name = event.name else { return }
    if event.isEntryGone {
      forget(folder == "/" ? folder + name : folder + "/" + name)
    } else {
      examine(name, in: folder)
    }
  }

  /// Looks for named paths that led nowhere.
  mutating func lookForMissingRoots() {
    for index in roots.indices where roots[index].real == nil { _ = resolve(index) }
  }

  /// Looks at every folder and file.
  ///
  /// Folders are read where they have changed, or all of them if it is to be `isDeep`: O(files)
  /// looks otherwise, and nothing is opened.
  mutating func sweep(isDeep: Bool) {
    for index in roots.indices { _ = resolve(index) }
    // In the order of paths: what a folder brings is found in the same order by whatever way.
    for path in folders.keys.sorted() {
      guard let folder = folders[path] else { continue }
      var status = stat()
      guard stat(path, &status) == 0 else {
        drop(path)
        continue
      }
      if isDeep || folder.stamp != FileStamp(status) { read(path) }
    }
    var gone: [String] = []
    for (path, file) in files {
      var status = stat()
      if stat(path, &status) != 0 {
        gone.append(path)
      } else if folders[path]?.lastEvent != nil {
        noteEvents(of: path)
      } else if FileStamp(status) != file.stamp {
        note(path, shown: file.found.shown, status)
      }
    }
    for path in gone { files[path] = nil }
    forgetPlaces()
  }
}
