/// Gives `body` a new folder, and removes it with everything in it at the end.
public func withTemporaryFolder<R>(_ body: (String) async throws -> R) async throws -> R {
  let folder = try TemporaryFolder()
  defer { withExtendedLifetime(folder) {} }
  return try await body(folder.path)
}
