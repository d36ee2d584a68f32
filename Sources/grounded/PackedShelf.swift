internal import FoundationEssentials
internal import Glibc
internal import GroundingModel
internal import Journal
internal import Tensors

/// Where a checkpoint's packed weights are kept from start to start: a safetensors file in a folder.
struct PackedShelf: Sendable {
  private let folder: String
  private let file: String
  /// Beside the weights, what the blocks were made for.
  private let purpose: String

  /// Files of so many checkpoints and precisions are kept, the newest.
  private static let filesMax = 4
  private static let ending = ".packed"

  init(_ folder: String, for checkpoint: Checkpoint, precision: Precision) {
    self.folder = folder
    let identity = checkpoint.identity
    let name = [
      String(identity.device), String(identity.inode), String(identity.size),
      String(identity.changedNanoseconds), precision.rawValue,
    ].joined(separator: "-")
    file = "\(folder)/\(name)\(Self.ending)"
    purpose = "\(precision.rawValue), \(PackedWeights.surroundings)"
  }

  /// What an earlier start has left, and the digest of the weights that it is made of; nothing where there
  /// is none that fits.
  func find() -> (packed: PackedWeights, origin: String?) {
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

  /// Writes blocks for the next start, while others go on. Failing costs only the next start some time.
  func keep(
    _ blocks: [(layout: UInt64, numbers: Parameter)], of weights: String, log: Log
  ) {
    Task.detached(priority: .background) {
      do {
        try write(blocks, of: weights)
        tidy()
        log.info("weights are kept packed for the next start", ["file": file])
      } catch {
        log.warning("packed weights cannot be kept for the next start: \(error)")
      }
    }
  }

  func write(
    _ blocks: [(layout: UInt64, numbers: Parameter)], of weights: String
  ) throws(CheckpointError) {
    let tensors = blocks.enumerated().map { index, block in
      StoredTensor(Self.name(index), block.numbers.shape, .parameter(block.numbers))
    }
    try Checkpoint.write(
      tensors,
      metadata: [
        ("purpose", purpose), ("weights", weights),
        ("layouts", blocks.map { String($0.layout, radix: 16) }.joined(separator: " ")),
        (
          "sums",
          blocks.map { String(PackedWeights.sum(of: $0.numbers), radix: 16) }
            .joined(separator: " ")
        ),
      ], to: file)
  }

  private static func name(_ index: Int) -> String { "block.\(index)" }

  private static func numbers(_ text: String?) -> [UInt64]? {
    guard let words = text?.split(separator: " ") else { return nil }
    let numbers = words.compactMap { UInt64($0, radix: 16) }
    return numbers.count == words.count ? numbers : nil
  }

  /// Removes all but the newest, and what a writer has left that was killed.
  private func tidy() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let aged = names.filter { $0.contains(Self.ending) }.map { name in
      var facts = stat()
      stat("\(folder)/\(name)", &facts)
      return (path: "\(folder)/\(name)", age: time(nil) - facts.st_mtim.tv_sec)
    }.sorted { $0.age < $1.age }
    let whole = aged.filter { $0.path.hasSuffix(Self.ending) }
    let drafts = aged.filter { !$0.path.hasSuffix(Self.ending) && $0.age > Self.draftAgeMax }
    for old in whole.dropFirst(Self.filesMax) + drafts { unlink(old.path) }
  }

  /// A writer takes seconds.
  private static let draftAgeMax = 600
}
