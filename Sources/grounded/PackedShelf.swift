internal import FoundationEssentials
internal import Glibc
internal import GroundingModel
internal import Reports
internal import Tensors

/// Where a checkpoint's packed weights are kept from start to start: a safetensors file in a folder.
struct PackedShelf: Sendable {
  let file: String
  private let folder: String
  /// Beside the weights, what the blocks were made for.
  private let purpose: String

  /// Files of so many checkpoints, precisions and programs are kept, the newest.
  static let filesMax = 4
  private static let ending = ".packed"

  init(_ folder: String, for checkpoint: Checkpoint, precision: Precision) {
    self.folder = folder
    purpose = "\(precision.rawValue), \(PackedWeights.surroundings)"
    let identity = checkpoint.identity
    let name = [
      String(identity.device), String(identity.inode), String(identity.size),
      String(identity.changedNanoseconds), String(SHA256.hex(of: Array(purpose.utf8)).prefix(16)),
    ].joined(separator: "-")
    file = "\(folder)/\(name)\(Self.ending)"
  }

  /// What an earlier start has left, and the digest of the weights that it is made of; nothing where there
  /// is none that fits.
  func find() -> (packed: PackedWeights, origin: String?) {
    // Whatever is wrong with the file, its weights are made again.
    guard let kept = try? Checkpoint(path: file), kept.metadata["purpose"] == purpose,
      let origin = kept.metadata["weights"],
      let layouts = Self.numbers(kept.metadata["layouts"]),
      let sums = Self.numbers(kept.metadata["sums"]), layouts.count == sums.count,
      let parameters = try? sums.indices.map({ try kept.parameter(Self.name($0)) })
    else { return (PackedWeights(), nil) }
    let blocks = sums.indices.map { index in
      PackedWeights.Block(layout: layouts[index], sum: sums[index], numbers: parameters[index])
    }
    return (PackedWeights(blocks), origin)
  }

  /// Writes what a start has made of weights with that digest, and removes all but the newest files.
  func write(
    _ blocks: [(layout: UInt64, numbers: Parameter)], of weights: String
  ) throws(CheckpointError) {
    let tensors = blocks.enumerated().map { index, block in
      StoredTensor(Self.name(index), block.numbers.shape, .parameter(block.numbers))
    }
    func text(_ numbers: [UInt64]) -> String {
      numbers.map { String($0, radix: 16) }.joined(separator: " ")
    }
    try Checkpoint.write(
      tensors,
      metadata: [
        ("purpose", purpose), ("weights", weights), ("layouts", text(blocks.map { $0.layout })),
        ("sums", text(blocks.map { PackedWeights.sum(of: $0.numbers) })),
      ], to: file)
    tidy()
  }

  private static func name(_ index: Int) -> String { "block.\(index)" }

  private static func numbers(_ text: String?) -> [UInt64]? {
    guard let words = text?.split(separator: " ") else { return nil }
    let numbers = words.compactMap { UInt64($0, radix: 16) }
    return numbers.count == words.count ? numbers : nil
  }

  /// Removes older files of the shelf's own names, and what a writer has left that was killed.
  private func tidy() {
    // A folder that cannot be listed keeps what it has.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let aged = names.compactMap { name -> (path: String, isWhole: Bool, age: Int)? in
      guard let parts = name.wholeMatch(of: /[0-9]+-[0-9]+-[0-9]+-[0-9]+-[0-9a-f]{16}\.packed(.*)/)
      else { return nil }
      let path = "\(folder)/\(name)"
      var facts = stat()
      guard stat(path, &facts) == 0 else { return nil }
      return (path, parts.1.isEmpty, time(nil) - facts.st_mtim.tv_sec)
    }.sorted { $0.age < $1.age }
    let old = aged.filter(\.isWhole).dropFirst(Self.filesMax)
    let drafts = aged.filter { !$0.isWhole && $0.age > Self.draftAgeMax }
    for file in old + drafts { unlink(file.path) }
  }

  /// In seconds; a writer takes some.
  private static let draftAgeMax = 600
}
