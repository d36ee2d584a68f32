internal import CSHA256
internal import Glibc

/// SHA-256 as bytes come (FIPS 180-4), fast enough to identify a checkpoint each time it is loaded:
/// 1.9 GB/s a core where the processor has instructions for it.
struct FileDigest {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private let usesInstructions: Bool

  /// - usesInstructions: false forces plain arithmetic, for tests.
  init(usesInstructions: Bool = true) {
    self.usesInstructions = usesInstructions && grounded_has_sha_instructions() != 0
  }

  /// - bytes: whole blocks of 64 bytes.
  mutating func add(blocks bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    let data = base.assumingMemoryBound(to: UInt8.self)
    if usesInstructions {
      grounded_sha256_instructions(&state, data, bytes.count / 64)
    } else {
      grounded_sha256_plain(&state, data, bytes.count / 64)
    }
  }

  /// - rest: what is left behind the last whole block; count: bytes in all.
  mutating func finish(rest: UnsafeRawBufferPointer, count: Int) -> String {
    var last = Array(rest) + [0x80]
    while last.count % 64 != 56 { last.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      last.append(UInt8(truncatingIfNeeded: (count * 8) >> shift))
    }
    last.withUnsafeBytes { add(blocks: $0) }
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }
}

extension MappedFile {
  /// SHA-256 of the whole file in hexadecimal, read past the mapping so that no page stays resident.
  public func sha256() throws(MappingError) -> String { try digest(FileDigest()) }

  func digest(_ empty: FileDigest) throws(MappingError) -> String {
    var digest = empty
    let size = 1 << 20
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    defer { buffer.deallocate() }
    var offset = 0
    while true {
      var filled = 0
      while filled < size {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, size - filled, offset + filled)
        guard got >= 0 else { throw MappingError(code: errno) }
        if got == 0 { break }
        filled += got
      }
      offset += filled
      let whole = filled / 64 * 64
      digest.add(blocks: UnsafeRawBufferPointer(rebasing: buffer[0..<whole]))
      if filled < size {
        return digest.finish(
          rest: UnsafeRawBufferPointer(rebasing: buffer[whole..<filled]), count: offset)
      }
    }
  }
}

/// What bytes are called by their content.
public enum ContentDigest {
  /// SHA-256 in hexadecimal.
  public static func sha256(of bytes: [UInt8]) -> String {
    var digest = FileDigest()
    return bytes.withUnsafeBytes { all in
      let whole = all.count / 64 * 64
      digest.add(blocks: UnsafeRawBufferPointer(rebasing: all[..<whole]))
      return digest.finish(rest: UnsafeRawBufferPointer(rebasing: all[whole...]), count: all.count)
    }
  }
}
