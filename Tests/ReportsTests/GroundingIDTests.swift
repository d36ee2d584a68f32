import Foundation
import Testing

@testable import Reports

@Suite struct `An id made from names` {
  @Test func `agrees with RFC 4122 and RFC 9562`() throws {
    let dns = try #require(UUID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
    let examples = [
      ("www.example.com", "2ED6657D-E927-568B-95E1-2665A8AEA6A2"),
      ("python.org", "886313E1-3B8A-5372-9B90-0C9AEE199E5D"),
    ]
    for (name, id) in examples {
      #expect(nameBasedID(dns, Array(name.utf8)).uuidString == id)
    }
  }

  @Test func `is the same for the same work and another for any other`() {
    func id(
      _ topic: String = "reports.generated", _ partition: Int32 = 3, _ offset: Int64 = 42,
      _ campaign: String = "live", threshold: Float = 0.8, device: String = "cpu"
    ) -> UUID {
      let grounder = GrounderIdentity(
        name: "g", version: "1", weightsSHA256: "00", threshold: threshold, fusionIoU: 0.1,
        precision: "fp32", device: device)
      return groundingID(
        topic: topic, partition: partition, offset: offset, campaign: campaign,
        grounder: grounder)
    }
    #expect(id() == id())
    #expect(id() == id(device: "cuda"))
    let ids = [
      id(), id("reports"), id(partition: 4), id(offset: 43), id(campaign: "new"),
      id(threshold: 0.7),
    ]
    #expect(Set(ids).count == ids.count)
    func id(partition: Int32) -> UUID { id("reports.generated", partition) }
    func id(offset: Int64) -> UUID { id("reports.generated", 3, offset) }
    func id(campaign: String) -> UUID { id("reports.generated", 3, 42, campaign) }
  }

  @Test func `never changes`() {
    let id = groundingID(
      topic: "reports.generated", partition: 3, offset: 42, campaign: "live",
      grounder: Samples.grounder)
    #expect(id.uuidString == "087323F9-0428-595D-A430-D39A69A71A79")
  }
}

@Suite struct `A digest` {
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `of SHA-1 agrees with RFC 3174`() {
    func hex(_ text: String) -> String {
      SHA1.digest(of: Self.bytes(text)).map { String(format: "%02x", $0) }.joined()
    }
    #expect(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(
      hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
    #expect(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
  }

  @Test func `does not depend on how the bytes are cut`() {
    let bytes = (0..<300).map { UInt8($0 % 251) }
    let whole = SHA256.hex(of: bytes)
    for size in [1, 7, 63, 64, 65, 128, 299] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        hash.update(Array(bytes[start..<min(bytes.count, start + size)]))
      }
      #expect(hash.hex() == whole)
    }
  }
}
