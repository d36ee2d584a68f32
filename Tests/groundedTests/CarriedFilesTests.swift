import Foundation
import GroundingModel
import TestKit
import Testing

@testable import grounded

/// The build does not see that another file lies in a carried one's place.
@Suite struct `The program` {
  @Test func `carries the networks that lie beside its sources`() throws {
    let folder = Place.repository.appending(path: "Sources/CBuiltInNetwork")
    for (carried, name) in [
      (try BuiltInNetwork.checkpoint(), "grounded-small"),
      (try GoldenNetwork.checkpoint(), "golden/medgrounder_tiny"),
      (try GoldenNetwork.answers(), "golden/golden_tiny"),
    ] {
      let file = try Checkpoint(path: folder.appending(path: name + ".safetensors").path)
      #expect(try carried.sha256() == file.sha256(), "\(name): change its .S, too")
    }
  }
}
