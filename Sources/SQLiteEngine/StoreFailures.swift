package import Engine
package import Storage

extension StorageError: StoreFailure {
  package var storeError: StoreError {
    let code: StoreError.Code =
      switch code {
      case .missing: .notFound
      case .notAFile, .networkFileSystem, .foreign, .newerSchema, .olderSchema, .secondName:
        .refused
      case .moved: .moved
      case .full: .full
      case .unwritable: .io
      case .gateBusy: .busy
      case .closed: .closed
      case .corrupt: .corrupt
      }
    return StoreError(code, message, cause: self)
  }
}

extension SQLiteError: StoreFailure {
  package var storeError: StoreError {
    if isFull {
      return StoreError(
        .full,
        "there is no room left for the store; free some space",
        cause: self
      )
    }
    // A constraint that an event could break is met before it, or is the caller's own fault.
    if isDamage || code == .constraint {
      return StoreError(
        .corrupt,
        "the store is damaged (\(message)); run digest-ctl doctor, or restore a backup",
        cause: self
      )
    }
    if isBusy {
      return StoreError(
        .busy,
        "another program keeps the store locked; try again when it is done",
        cause: self
      )
    }
    if code == .tooBig {
      return StoreError(
        .invalidArgument,
        "the event is too big to store; make it smaller",
        cause: self
      )
    }
    return StoreError(
      .io,
      "the store could not be read or written (\(message)); look at its disk and permissions",
      cause: self
    )
  }
}
