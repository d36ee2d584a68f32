import Boxes
import GroundingModel
import GroundingService
import Journal
import Reports
import Synchronization
import Testing

@testable import grounded

@Suite struct `Which device computes` {
  /// No GPU computes in int8, whether there is one or not.
  private func setup(
    _ device: String, after present: String? = nil
  ) throws -> GrounderSetup {
    var configuration = Configuration()
    try configuration.apply(
      assignments: ["grounder.device=\(device)", "grounder.precision=int8"])
    let identity = present.map { device in
      GrounderIdentity(
        name: "n", version: "v", architecture: "a", weightsSHA256: "", threshold: 0.5,
        fusionIoU: 0.1, precision: "bf16", device: device)
    }
    return GrounderSetup(configuration, after: identity)
  }

  private func complaint(of setup: GrounderSetup) throws -> [String] {
    let lines = Lines()
    let log = Log(
      level: .warning, style: .journal, now: { .now }, sink: { line in lines.add(line) })
    let grounder = try setup.deviceGrounder(
      of: BuiltInNetwork.checkpoint(), metrics: ServiceMetrics(), log: log)
    #expect(grounder == nil)
    return lines.all
  }

  @Test func `is the CPU where auto finds no GPU that can, and a warning says why`() throws {
    for present in [nil, "cpu"] {
      let complaint = try complaint(of: setup("auto", after: present))
      #expect(complaint.count == 1 && complaint[0].contains("int8 is for the CPU"))
    }
    #expect(try complaint(of: setup("cpu")).isEmpty)
  }

  @Test func `stays the GPU that computes already`() throws {
    for (device, present) in [("auto", "cuda:1"), ("cuda:0", nil)] {
      let error = #expect(throws: ConfigurationError.self) {
        try complaint(of: setup(device, after: present))
      }
      #expect(error?.description.contains("int8 is for the CPU") == true)
    }
  }

  private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }
}
