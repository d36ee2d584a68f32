import Reports

@testable import GroundingService

/// What the null grounder says, under another name.
struct NamedGrounder: ReportGrounder {
  let identity: GrounderIdentity
  private let grounder: any ReportGrounder

  init(_ name: String, grounder: any ReportGrounder = NullGrounder()) {
    self.grounder = grounder
    identity = GrounderIdentity(
      name: name, version: "1", architecture: "none",
      weightsSHA256: String(repeating: "f", count: 64), threshold: 0.5, fusionIoU: 0.1,
      precision: "none", device: "none")
  }

  func ground(_ report: ReportEvent) async throws(GroundingFailure) -> GroundingResult {
    try await grounder.ground(report)
  }
}
