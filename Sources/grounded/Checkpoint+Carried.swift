internal import FoundationEssentials
internal import GroundingModel

extension Checkpoint {
  /// What the program carries, as a file that is gone at once; the mapping keeps what is in it.
  static func carried(_ begin: UnsafePointer<UInt8>, _ size: Int) throws -> Checkpoint {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "grounded-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }  // at worst a small file stays in /tmp
    try Data(bytes: begin, count: size).write(to: file)
    let checkpoint = try Checkpoint(path: file.path)
    _ = try checkpoint.sha256()
    return checkpoint
  }
}
