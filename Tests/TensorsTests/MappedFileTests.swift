import Foundation
import TestKit
import Testing

@testable import Tensors

@Suite struct `A mapped file` {
  @Test(arguments: [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]) func `has the digest of FIPS 180`(text: String, times: Int, digest: String) throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going
    let file = folder.appending(path: "f")
    try Data(String(repeating: text, count: times).utf8).write(to: file)
    let mapped = try MappedFile(path: file.path)
    #expect(try mapped.sha256() == digest)
    #expect(try mapped.digest(FileDigest(usesInstructions: false)) == digest)
  }

  @Test func `names the system's error`() {
    #expect(throws: MappingError(code: ENOENT)) { try MappedFile(path: "/nowhere") }
    #expect(throws: MappingError.self) { try MappedFile(path: "/tmp") }
    #expect(throws: MappingError.self) { try MappedFile(path: "/dev/null") }
  }

  @Test func `gives halves as the floats that they are`() {
    for bits in UInt16.min...UInt16.max {
      let value = halfToFloat(bits)
      let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023))
      let magnitude: Float =
        exponent == 0
        ? fraction * 0x1p-24
        : exponent == 31
          ? (fraction == 0 ? .infinity : .nan)
          : (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      if magnitude.isNaN {
        #expect(value.isNaN)
      } else if value != (bits >> 15 == 0 ? magnitude : -magnitude) {
        Issue.record("\(bits) became \(value)")
      }
    }
  }
}
