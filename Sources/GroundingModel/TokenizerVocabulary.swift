internal import JSON

/// The tokens of a BPE model by name, and what is made of them.
struct TokenizerVocabulary {
  /// Ids by the UTF-8 of the name. `String` would take canonically equal names for one.
  private var ids: [[UInt8]: Int32] = [:]

  /// The highest id; −1 without tokens.
  private(set) var highest: Int32 = -1

  /// Reads the vocabulary of a file's `model`, and refuses models of another kind.
  init(_ model: JSON) throws(TokenizerError) {
    if let type = model["type"], type.string != "BPE" {
      throw .unsupported(feature: "the model \(type.string ?? type.kind)")
    }
    try Self.refuseVariants(of: model)
    guard let names = model["vocab"]?.members else {
      throw .malformed(part: "vocab", reason: "is missing or no object")
    }
    ids.reserveCapacity(names.count)
    for entry in names {
      guard let id = entry.value.integer.flatMap(Int32.init(exactly:)), id >= 0, id < .max else {
        throw .malformed(part: "vocab", reason: "has an id that is no number from 0 to 2³¹ − 2")
      }
      ids[Array(entry.name.utf8)] = id
      highest = max(highest, id)
    }
  }

  private static func refuseVariants(of model: JSON) throws(TokenizerError) {
    if let dropout = model["dropout"]?.number, dropout != 0 {
      throw .unsupported(feature: "dropout")
    }
    for affix in ["continuing_subword_prefix", "end_of_word_suffix"] {
      guard (model[affix]?.string ?? "").isEmpty else { throw .unsupported(feature: affix) }
    }
    guard model["byte_fallback"]?.boolean != true else {
      throw .unsupported(feature: "byte_fallback")
    }
  }

  /// The model's merges, in either spelling.
  func merges(of model: JSON) throws(TokenizerError) -> Merges {
    var unknown: Int32?
    if let name = model["unk_token"]?.string {
      unknown = ids[Array(name.utf8)]
      guard unknown != nil else {
        throw .malformed(part: "unk_token", reason: "is not in the vocabulary")
      }
    }
    let letters = Self.letters.map { ids[Array(String($0).utf8)] }
    // Bytes 0xC0, 0xC1 and 0xF5… occur in no valid UTF-8.
    let needed = [0x00...0xBF, 0xC2...0xF4].joined()
    guard unknown != nil || needed.allSatisfy({ letters[$0] != nil }) else {
      throw .malformed(part: "vocab", reason: "lacks a byte and has no unk_token instead")
    }
    return Merges(
      bytes: letters, table: try table(model["merges"]), unknown: unknown,
      fusesUnknown: model["fuse_unk"]?.boolean ?? false,
      wholeWords: model["ignore_merges"]?.boolean == true ? wholeWords : [:])
  }

  private func table(_ list: JSON?) throws(TokenizerError) -> [Merges.Pair: Merges.Merge] {
    guard let entries = list?.array, entries.count < Int32.max else {
      throw .malformed(part: "merges", reason: "is missing or no array")
    }
    var table: [Merges.Pair: Merges.Merge] = [:]
    table.reserveCapacity(entries.count)
    for (rank, entry) in entries.enumerated() {
      guard let (left, right) = Self.sides(of: entry) else {
        throw .malformed(part: "merges", reason: "has no two sides in entry \(rank)")
      }
      guard let first = ids[left], let second = ids[right], let both = ids[left + right] else {
        throw .malformed(
          part: "merges", reason: "has sides outside the vocabulary in entry \(rank)")
      }
      table[Merges.Pair(left: first, right: second)] = Merges.Merge(rank: Int32(rank), id: both)
    }
    return table
  }

  private static func sides(of entry: JSON) -> (left: [UInt8], right: [UInt8])? {
    if let sides = entry.array {
      guard sides.count == 2, let left = sides[0].string, let right = sides[1].string else {
        return nil
      }
      return (Array(left.utf8), Array(right.utf8))
    }
    let sides = entry.string?.utf8.split(separator: UInt8(ascii: " ")) ?? []
    return sides.count == 2 ? (Array(sides[0]), Array(sides[1])) : nil
  }

  /// Vocabulary entries by the bytes that their letters stand for.
  private var wholeWords: [[UInt8]: Int32] {
    let values = Dictionary(
      uniqueKeysWithValues: Self.letters.enumerated().map { ($0.element, UInt8($0.offset)) })
    var words: [[UInt8]: Int32] = [:]
    for (name, id) in ids {
      let letters = String(decoding: name, as: UTF8.self).unicodeScalars
      let bytes = letters.compactMap { values[$0] }
      if bytes.count == letters.count { words[bytes] = id }
    }
    return words
  }

  /// The letter that byte-level vocabularies write for each byte, [256].
  ///
  /// A byte that prints in Latin-1 is its own letter; the others take U+0100 … in their order.
  static let letters: [Unicode.Scalar] = {
    var spare: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { spare += 1 }
        return Unicode.Scalar(spare) ?? "?"
      }
    }
  }()
}
