package import Engine
internal import Events
internal import Folding
internal import Storage

extension StoreError {
  /// Says in this library's words what the storage room reported; other errors stay as they are.
  package static func translation(of error: any Error) -> any Error {
    switch error {
    case let error as StorageError:
      StoreError(code(of: error.code), error.message, cause: error)
    case let error as SQLiteError: StoreError(error)
    case let error as FoldError: StoreError(error)
    case let error as RunID.Problem: StoreError(.invalidArgument, error.description, cause: error)
    default: error
    }
  }

  /// Runs `body` and translates what it throws.
  package static func translating<R>(_ body: () throws -> R) throws -> R {
    do { return try body() } catch { throw translation(of: error) }
  }

  private static func code(of code: StorageError.Code) -> Code {
    switch code {
    case .missing: .notFound
    case .notAFile, .networkFileSystem, .foreign, .newerSchema, .olderSchema: .refused
    case .unwritable: .io
    case .gateBusy: .busy
    case .closed: .closed
    case .corrupt: .corrupt
    }
  }

  private init(_ error: FoldError) {
    let what =
      switch error {
      case .gap(let expected, let found):
        "the log of a run goes on with seq \(found) where \(expected) is due"
      case .damagedState(let reason): "the digest of a run cannot be read (\(reason))"
      }
    self.init(.corrupt, what + "; run digest-ctl doctor to see which, then rebuild", cause: error)
  }

  private init(_ error: SQLiteError) {
    if error.isFull {
      self.init(.full, "there is no room left for the store; free some space", cause: error)
    } else if error.isCorrupt {
      self.init(
        .corrupt,
        "the store is damaged (\(error.message)); run doctor, or restore a backup",
        cause: error
      )
    } else if error.isBusy {
      self.init(
        .busy,
        "another program keeps the store locked; try again when it is done",
        cause: error
      )
    } else if error.code == .tooBig {
      self.init(.invalidArgument, "the event is too big to store; make it smaller", cause: error)
    } else {
      self.init(
        .io,
        "the store could not be read or written (\(error.message)); look at its disk and "
          + "permissions",
        cause: error
      )
    }
  }
}
