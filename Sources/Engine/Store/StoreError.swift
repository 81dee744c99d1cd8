internal import Events
internal import Folding

/// Why the store did not do what it was asked to.
///
/// After any error but ``Code-swift.struct/conflict``, ``Code-swift.struct/invalidArgument``,
/// ``Code-swift.struct/timedOut`` and ``Code-swift.struct/overloaded`` an append may all the same have been stored: repeat it with the same event ids, which stores
/// nothing twice.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is; new kinds may be added.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String, Sendable {
      case notFound, conflict, invalidArgument, busy, full, corrupt, refused, closed, timedOut, io
      case overloaded, moved
    }

    private let kind: Kind

    /// There is no run, session or store of that name.
    public static let notFound = Code(kind: .notFound)
    /// The log is not as the caller expected it, or has another event under the same id.
    public static let conflict = Code(kind: .conflict)
    /// The request can't be stored as it is, whatever the state of the log.
    public static let invalidArgument = Code(kind: .invalidArgument)
    /// Another process kept the store locked for too long.
    public static let busy = Code(kind: .busy)
    /// The disk is full, or a quota is used up.
    public static let full = Code(kind: .full)
    /// The file is damaged.
    public static let corrupt = Code(kind: .corrupt)
    /// The file is not a store, is from a newer version, or lies where locks can't be trusted.
    public static let refused = Code(kind: .refused)
    /// The store's file was deleted, moved or replaced while it was open.
    public static let moved = Code(kind: .moved)
    /// The store was closed.
    public static let closed = Code(kind: .closed)
    /// It took longer than the caller wanted to wait.
    public static let timedOut = Code(kind: .timedOut)
    /// More waits to be written than the store takes, and the caller did not want to wait.
    public static let overloaded = Code(kind: .overloaded)
    /// The system could not read or write.
    public static let io = Code(kind: .io)

    /// The name of the code, such as `conflict`.
    public var description: String { kind.rawValue }
  }

  /// What kind of failure it is.
  public let code: Code
  /// One sentence: what went wrong and what to do.
  public let message: String
  /// The error behind it, if there is one.
  public let cause: (any Error)?

  /// Makes an error.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The message.
  public var description: String { message }
}

extension StoreError {
  /// The error for a name that no run has.
  package static func noRun(_ name: String) -> StoreError {
    StoreError(.notFound, "there is no run \(name); digest-ctl runs lists those there are")
  }
}

extension StoreError {
  /// Why a run cannot be folded, if that is the fault of its own events or rows.
  package static func reasonToSetAside(_ error: any Error) -> StoreError? {
    guard let error = translation(of: error) as? StoreError, error.code == .corrupt else {
      return nil
    }
    return error
  }

  /// What went wrong, without what to do.
  package var reason: String { message.split(separator: ";").first.map(String.init) ?? message }

  /// Says in this library's words what an engine or the fold reported; other errors stay as they are.
  package static func translation(of error: any Error) -> any Error {
    switch error {
    case let error as any StoreFailure: error.storeError
    case let error as FoldError: StoreError(error)
    case let error as RunID.Problem: StoreError(.invalidArgument, error.description, cause: error)
    default: error
    }
  }

  /// Runs `body` and translates what it throws.
  package static func translating<R>(_ body: () throws -> R) throws -> R {
    do { return try body() } catch { throw translation(of: error) }
  }

  private init(_ error: FoldError) {
    let message =
      switch error {
      case .gap(let expected, let found) where found > expected:
        "the log of a run goes on with seq \(found) where \(expected) is due; \(Advice.renumber)"
      case .gap(let expected, _):
        "the log of a run has no event at seq \(expected); \(Advice.renumber)"
      case .damagedState(let reason):
        "the digest of a run cannot be read (\(reason)); run digest-ctl doctor to see which, then "
          + "rebuild"
      }
    self.init(.corrupt, message, cause: error)
  }
}
