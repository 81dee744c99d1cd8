import Foundation
import TestSupport
import Testing

/// The protocol as a Promela model, every interleaving of it: `Tests/Model/run.sh`.
///
/// Measured on two cores with spin 6.5.2, 4 events, 1 worker, 2 finalizers, 2 crashes: the protocol
/// holds in all 758 097 states; a blind write, `<=` in the place of equality, a miss that is
/// committed, and a seal apart from its event are each caught within 400 states. 9 s in all.
@Suite("The protocol's model")
struct ModelTests {
  @Test(
    "holds in every interleaving, and each broken variant is caught",
    .enabled(if: Script.exists("spin") && Script.exists("cc"), "spin or cc is not installed"))
  func model() throws {
    let (status, output) = try Script.run("Model/run.sh")
    #expect(status == 0, "\(output)")
    #expect(output.contains("protocol: holds in all"))
    for variant in 1...4 { #expect(output.contains("variant \(variant): caught")) }
  }
}
