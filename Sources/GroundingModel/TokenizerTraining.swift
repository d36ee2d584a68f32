public import JSON

/// Learns a byte-level BPE tokenizer from texts: the merge of the most frequent pair, again and again
/// (Sennrich et al., 2016, algorithm 1).
///
/// The same texts give the same tokenizer: of pairs equally frequent the one with lower ids goes first.
public struct TokenizerTraining: Sendable {
  /// Ids 0 to 4, before those of the bytes.
  static let specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]

  /// Special tokens and bytes: no vocabulary is smaller.
  public static let sizeMin = specials.count + 256

  /// Rows of the table of embeddings.
  public let size: Int
  private let words: [(pieces: [Int32], count: Int)]

  /// - Parameter size: tokens wanted; fewer are learnt where the texts have no more pairs.
  public init(texts: some Sequence<String>, size: Int) {
    precondition(size >= Self.sizeMin, "\(size) tokens, where \(Self.sizeMin) are fixed")
    self.size = size
    var counts: [[UInt8]: Int] = [:]
    for text in texts {
      let scalars = NormalizedText(Array(text.unicodeScalars)[...], composing: true).scalars
      for word in WordScanner(scalars[...]) {
        counts[scalars[word].flatMap { Array($0.utf8) }, default: 0] += 1
      }
    }
    words = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { bytes, count in
      (bytes.map { Int32($0) + Int32(Self.specials.count) }, count)
    }
  }

  /// A Hugging Face `tokenizer.json` that `Tokenizer` reads.
  public func json() -> JSON {
    let names = TokenizerVocabulary.letters.map { String($0) }
    var vocabulary = Self.specials + names
    let merges = learnt().map { pair -> JSON in
      let (left, right) = (vocabulary[Int(pair.left)], vocabulary[Int(pair.right)])
      vocabulary.append(left + right)
      return .array([.string(left), .string(right)])
    }
    return [
      "version": "1.0", "truncation": nil, "padding": nil,
      "added_tokens": .array(Self.specials.enumerated().map { Self.added($1, id: $0) }),
      "normalizer": ["type": "NFC"],
      "pre_tokenizer": [
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
      ],
      "post_processor": Self.template, "decoder": ["type": "ByteLevel"],
      "model": [
        "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
        "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false,
        "vocab": .object(
          vocabulary.enumerated().map { .init($0.element, .integer(Int64($0.offset))) }),
        "merges": .array(merges),
      ],
    ]
  }

  /// The pairs to merge, in order; the nth becomes the token `sizeMin + n`.
  private func learnt() -> [Merges.Pair] {
    var words = words
    var counts = PairCounts(words)
    var merges: [Merges.Pair] = []
    // Two merges may write the same token: its second name would take the first one's id.
    var spelled: Set<[UInt8]> = []
    var spellings = (0..<Self.sizeMin).map { [UInt8(clamping: $0 - Self.specials.count)] }
    while Self.sizeMin + merges.count < size, let pair = counts.mostFrequent {
      let spelling = spellings[Int(pair.left)] + spellings[Int(pair.right)]
      guard spelled.insert(spelling).inserted else {
        counts.forget(pair)
        continue
      }
      let token = Int32(Self.sizeMin + merges.count)
      spellings.append(spelling)
      merges.append(pair)
      for index in counts.words(with: pair) {
        counts.remove(words[index].pieces, index, times: words[index].count)
        words[index].pieces = Self.merged(words[index].pieces, pair, into: token)
        counts.add(words[index].pieces, index, times: words[index].count)
      }
    }
    return merges
  }

  private static func merged(
    _ pieces: [Int32], _ pair: Merges.Pair, into token: Int32
  ) -> [Int32] {
    var merged: [Int32] = []
    var place = 0
    while place < pieces.count {
      if place + 1 < pieces.count, pieces[place] == pair.left, pieces[place + 1] == pair.right {
        merged.append(token)
        place += 2
      } else {
        merged.append(pieces[place])
        place += 1
      }
    }
    return merged
  }

  private static func added(_ name: String, id: Int) -> JSON {
    [
      "id": .integer(Int64(id)), "content": .string(name), "single_word": false, "lstrip": false,
      "rstrip": false, "normalized": false, "special": true,
    ]
  }

  /// [CLS] before a text, [SEP] behind it.
  private static let template: JSON = [
    "type": "TemplateProcessing",
    "single": [
      ["SpecialToken": ["id": "[CLS]", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]],
      ["SpecialToken": ["id": "[SEP]", "type_id": 0]],
    ],
    "pair": [],
    "special_tokens": [
      "[CLS]": ["id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]],
      "[SEP]": ["id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]],
    ],
  ]
}
