import Logging
import RunDigest
import RunDigestService
import ServiceLifecycle
import TestSupport
import Testing

@Suite("A service group", .timeLimit(.minutes(60)))
struct ServiceExamples {
  @Test("folds as a service, and what is left when the group shuts down")
  func service() async throws {
    try await withTemporaryFolder { folder in
      var options = StoreOptions()
      options.foldsInBackground = false
      let store = try await RunStore.open(at: folder + "/runs.sqlite", options: options)
      let group = ServiceGroup(
        services: [FoldService(store, drainingFor: .seconds(600))],
        logger: Logger(label: "hub") { _ in SwiftLogNoOpLogHandler() }
      )
      let running = Task { try await group.run() }
      let run = try store.run("agent-7")
      try await run.append([.turnStart(id: "t"), .text("hello")])
      try await run.flush()
      // One event is no reason to fold at once: it is the shutdown that does.
      try await run.append([.text("bye")])
      await group.triggerGracefulShutdown()
      try await running.value
      #expect(try store.backlog() == Backlog())
      #expect(try run.insight().digest.watermark == 3)
      await store.close()
    }
  }

  @Test("ends by cancellation as well, without any service library")
  func cancelled() async throws {
    try await withTemporaryFolder { folder in
      var options = StoreOptions()
      options.foldsInBackground = false
      let store = try await RunStore.open(at: folder + "/runs.sqlite", options: options)
      let folding = Task { try await store.run(drainingFor: .seconds(600)) }
      try await store.run("agent-7").append([.text("hello")])
      folding.cancel()
      try await folding.value
      #expect(try store.insight("agent-7").lag == 0)
      await store.close()
    }
  }
}
