internal import Boxes
internal import Tensors

/// Raw tensors in, raw tensors out: for comparing the network with another program's.
public enum ModelRun {
  /// Most pairs of image and sentence in one file.
  public static let pairsMax = 100_000

  /// Runs the network on a safetensors file and writes another one.
  ///
  /// - input: `pixels` [1 or B, 3, side, side], `ids` and `mask` [B, T] of 64-bit integers, and optionally
  ///   `pixel_mask` [1 or B, side, side], true on padding.
  /// - output: `box` [B, Q, 4], centre and size from 0 to 1, and `conf` [B, Q], logits.
  public static func run(weights: String, input: String, output: String, threads: Int)
    throws(ModelError)
  {
    try translating {
      _ = try Checkpoint.writable(output)
      let grounder = try MedGrounder(try Checkpoint(path: weights), threads: threads)
      let batch = try Batch(try Checkpoint(path: input), side: grounder.configuration.side)
      let answers = try grounder.ground(batch.requests).flatMap { $0 }
      let queries = grounder.configuration.queries
      try Checkpoint.write(
        [
          StoredTensor(
            "box", [answers.count, queries, 4], .floats(answers.flatMap { $0.boxes })),
          StoredTensor("conf", [answers.count, queries], .floats(answers.flatMap { $0.logits })),
        ], metadata: [("config", grounder.configuration.json)], to: output)
    }
  }

  /// The pairs of an input file; those of one image make one request.
  private struct Batch {
    let requests: [GroundingRequest]

    init(_ file: Checkpoint, side: Int) throws {
      let sentences = try Self.sentences(file)
      let images = try Self.rows(file, "pixels", [3, side, side], pairs: sentences.count)
      let stored = try file.parameter("pixels")
      guard stored.isFinite else {
        throw CheckpointError.unsuitable(name: "pixels", reason: CheckpointError.notFinite)
      }
      let pixels = stored.values
      let area = side * side
      var masks: [Bool]?
      var maskRows = 0
      if file.facts(of: "pixel_mask") != nil {
        maskRows = try Self.rows(file, "pixel_mask", [side, side], pairs: sentences.count)
        masks = try file.integers("pixel_mask").map { $0 != 0 }
      }
      func request(_ row: Int, _ sentences: [[Int32]]) -> GroundingRequest {
        let image = images == 1 ? 0 : row
        let maskRow = maskRows == 1 ? 0 : row
        return GroundingRequest(
          pixels: Array(pixels[image * 3 * area..<(image + 1) * 3 * area]),
          pixelMask: masks.map { Array($0[maskRow * area..<(maskRow + 1) * area]) },
          sentences: sentences)
      }
      if images == 1, maskRows <= 1 {
        requests = [request(0, sentences)]
      } else {
        requests = sentences.indices.map { request($0, [sentences[$0]]) }
      }
    }

    private static func rows(
      _ file: Checkpoint, _ name: String, _ size: [Int], pairs: Int
    ) throws -> Int {
      guard let shape = file.facts(of: name)?.shape else {
        throw CheckpointError.noTensor(name: name)
      }
      guard shape.count == size.count + 1, Array(shape.dropFirst()) == size,
        shape[0] == 1 || shape[0] == pairs
      else {
        throw CheckpointError.unsuitable(
          name: name, reason: "is \(shape), not [1 or \(pairs)] + \(size)")
      }
      return shape[0]
    }

    private static func sentences(_ file: Checkpoint) throws -> [[Int32]] {
      let (ids, mask) = (try file.integers("ids"), try file.integers("mask"))
      guard let shape = file.facts(of: "ids")?.shape, shape.count == 2,
        shape[0] <= pairsMax, file.facts(of: "mask")?.shape == shape
      else {
        throw CheckpointError.unsuitable(
          name: "ids", reason: "and “mask” are not both [pairs, tokens]")
      }
      return try (0..<shape[0]).map { row in
        let range = row * shape[1]..<(row + 1) * shape[1]
        let count = mask[range].prefix { $0 == 1 }.count
        guard mask[range].dropFirst(count).allSatisfy({ $0 == 0 }) else {
          throw CheckpointError.unsuitable(
            name: "mask", reason: "is not ones and then zeros in row \(row)")
        }
        return try ids[range].prefix(count).map { id in
          guard let id = Int32(exactly: id) else {
            throw CheckpointError.unsuitable(name: "ids", reason: "has an impossible id")
          }
          return id
        }
      }
    }
  }
}
