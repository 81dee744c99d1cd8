// The index of the tests' helpers. `HelperIndexTests` compares it with the files.
//
// In this target, for all tests:
//
//   ChildProcess.swift     starts digest-ctl or CrashChild, kills it, reads what it prints
//   Door.swift             an actor that keeps callers waiting until the test opens it
//   Evidence.swift         the folder of a test that breaks things; kept if something was wrong
//   Handover.swift         passes values to the process of an exit test
//   JSONDifference.swift   where two JSON documents differ
//   ManualClock.swift      a clock that goes on only when the test says so
//   MemoryWatch.swift      memory, file descriptors and threads of this process over time
//   PartialMatch.swift     compares what is expected with what was found, key by key
//   Python.swift           runs the oracle, the independent implementation of the fold
//   Script.swift           runs scripts below Tests, and other programs
//   SeededNumbers.swift    random numbers that a seed repeats on any machine
//   Surroundings.swift     settings of the environment, the bytes of a file
//   TemporaryFolder.swift  a folder that is removed with its owner
//   TemporaryPath.swift    the path of a file that does not exist yet
//   TestFiles.swift        files of the package, fixtures, and the logs of RUNDIGEST_CORPUS
//
// Beside the tests that use them, because they need what only those tests import:
//
//   EventsTests/JSONSupport.swift         JSON as a tree; scanned payloads
//   StorageSupport.swift                  a writer on a new store; codes of errors
//   FoldingTests/Fixture.swift            logs of Fixtures/fold and their expectations
//   FoldingTests/MemoryLog.swift          a log in memory, folded as the worker does
//   FoldingTests/RandomLog.swift          random logs by seed
//   RunDigestTests/Helpers.swift          TestStore: a store of its own; events; the gate held
//   RunDigestTests/FoldingStore.swift     a TestStore that folds in the background
//   RunDigestTests/ShardSupport.swift     a pool whose resources only count
//   RunDigestTests/SQLiteSupport.swift    looks at the tables behind the engine's back
//   RunDigestTests/Commander.swift        gives digest-ctl command after command, and keeps promises
//   RunDigestTests/Schedules.swift        orders of calls and folds by seed
//   PricingTests/PriceSupport.swift       tokens and price lists, written in short
//   LogFormatsTests/ImportSupport.swift   TestImport: reads a log without a store
//   LogFormatsTests/FormatSupport.swift   JSON as Foundation reads it; one log through an importer
//   LogFormatsTests/FollowSupport.swift   a folder with a store and logs that are followed
//   LogFormatsTests/ClaudeScript.swift    lines of Claude Code, written in short
//   LogFormatsTests/CodexRaw.swift        what a Codex log says, computed independently
//   DigestCtlTests/Tool.swift             the built digest-ctl, run as people run it
//   DigestCtlTests/SampleLog.swift        a small log in the native format
//   Examples/FakeAgent.swift              an agent that appends as a hub's does
//   Examples/ProcessAgent.swift           an agent that is a process
//   Examples/Snippets.swift               the code blocks of the documents
