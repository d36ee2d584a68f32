public import Boxes
internal import Glibc

/// What the network said of a sentence on an image, short enough to be kept for every sentence.
///
/// Version 1 (a byte), how many queries there were and how many are kept (UInt16 each), then for each kept query its
/// index (UInt16), logit and box centre x, centre y, width, height on the network's square (Float32 each). Little endian.
/// Of several images the blocks stand end to end.
public struct CompactScores: Hashable, Sendable {
  /// How many queries the network has.
  public let queryCount: Int
  /// Indices of the kept queries, rising.
  public let queries: [Int]
  /// Of the kept queries.
  public let outputs: QueryOutputs

  private static let version: UInt8 = 1
  private static let headerBytes = 5
  private static let queryBytes = 22

  /// Keeps the queries with a confidence of at least `floor`, which is above 0 and below 1.
  ///
  /// Nothing that is not a number is kept.
  public static func encode(_ outputs: QueryOutputs, floor: Float) -> [UInt8] {
    precondition(floor > 0 && floor < 1, "floor \(floor)")
    precondition(outputs.logits.count <= Int(UInt16.max), "\(outputs.logits.count) queries")
    let lowest = log(floor / (1 - floor))
    let kept = outputs.logits.indices.filter { outputs.logits[$0] >= lowest }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(headerBytes + queryBytes * kept.count)
    bytes.append(version)
    append(UInt16(outputs.logits.count), to: &bytes)
    append(UInt16(kept.count), to: &bytes)
    for query in kept {
      append(UInt16(query), to: &bytes)
      append(outputs.logits[query].bitPattern, to: &bytes)
      for value in outputs.boxes[4 * query..<4 * query + 4] { append(value.bitPattern, to: &bytes) }
    }
    return bytes
  }

  /// Reads the blocks of all images; nil when the bytes are none.
  public static func decode(_ bytes: [UInt8]) -> [CompactScores]? {
    var blocks: [CompactScores] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.removeFirst() == version, let count = read(2, &rest), let kept = read(2, &rest),
        rest.count >= queryBytes * Int(kept)
      else { return nil }
      var queries: [Int] = []
      var numbers: [Float] = []
      for _ in 0..<kept {
        guard let query = read(2, &rest), query < count, query > queries.last ?? -1 else {
          return nil
        }
        queries.append(Int(query))
        for _ in 0..<5 {
          guard let bits = read(4, &rest) else { return nil }
          numbers.append(Float(bitPattern: bits))
        }
      }
      let outputs = QueryOutputs(
        logits: queries.indices.map { numbers[5 * $0] },
        boxes: queries.indices.flatMap { numbers[5 * $0 + 1..<5 * $0 + 5] })
      blocks.append(CompactScores(queryCount: Int(count), queries: queries, outputs: outputs))
    }
    return blocks
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    for place in 0..<value.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place)))
    }
  }

  private static func read(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> UInt32? {
    guard bytes.count >= count else { return nil }
    let value = bytes.prefix(count).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    bytes.removeFirst(count)
    return value
  }
}
