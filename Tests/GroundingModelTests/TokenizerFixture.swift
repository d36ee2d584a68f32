import JSON
import Testing

@testable import GroundingModel

/// A byte-level BPE tokenizer with a dozen merges, as its file would say it.
struct TokenizerFixture {
  /// The sides of each merge as the file writes them; `Ġ` is the space.
  static let merges = [
    ("l", "u"), ("n", "g"), ("lu", "ng"), ("Ġ", "lung"), ("lung", "s"), ("Ġlung", "s"),
    ("a", "a"), ("aa", "aa"), ("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("Ã", "©"),
  ]

  var merges: JSON = .array(Self.merges.map { [.string($0.0), .string($0.1)] })
  var normalizer: JSON = ["type": "NFC"]
  var splitter: JSON = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true]
  var model: [JSON.Member] = []
  var file: [JSON.Member] = []
  var addedTokens: [JSON] = [
    Self.token(300, "[CLS]"), Self.token(301, "[SEP]"), Self.token(302, "[PAD]"),
    Self.token(303, "[MASK]", "lstrip"), Self.token(304, "<whole>", "single_word"),
    Self.token(305, "<right>", "rstrip"), Self.token(306, "  ", "normalized"),
    Self.token(307, "   ", "normalized"), Self.token(308, "caf\u{e9}", "normalized"),
    Self.token(309, "cafe\u{301}s", "normalized"),
  ]

  static func token(_ id: Int64, _ content: String, _ flag: String = "") -> JSON {
    .object(
      [.init("id", .integer(id)), .init("content", .string(content))]
        + ["lstrip", "rstrip", "single_word", "normalized"].map {
          JSON.Member($0, .boolean($0 == flag))
        })
  }

  static let vocabulary: [(name: String, id: Int64)] = {
    let letters = TokenizerVocabulary.letters.enumerated().map {
      (String($0.element), Int64($0.offset))
    }
    return letters
      + merges.enumerated().map { ($0.element.0 + $0.element.1, Int64($0.offset) + 256) }
  }()

  var json: JSON {
    let defaults: [JSON.Member] = [
      .init("type", "BPE"),
      .init("vocab", .object(Self.vocabulary.map { .init($0.name, .integer($0.id)) })),
      .init("merges", merges),
    ]
    return .object(
      Self.members(
        [
          .init("added_tokens", .array(addedTokens)), .init("normalizer", normalizer),
          .init("pre_tokenizer", splitter), .init("post_processor", Self.template),
          .init("model", .object(Self.members(defaults, changed: model))),
        ], changed: file))
  }

  private static func members(_ defaults: [JSON.Member], changed: [JSON.Member]) -> [JSON.Member] {
    defaults.filter { member in !changed.contains { $0.name == member.name } } + changed
  }

  private static let template: JSON = [
    "type": "TemplateProcessing",
    "single": [
      ["SpecialToken": ["id": "[CLS]", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]],
      ["SpecialToken": ["id": "[SEP]", "type_id": 0]],
    ],
    "special_tokens": [
      "[CLS]": ["id": "[CLS]", "ids": [300], "tokens": ["[CLS]"]],
      "[SEP]": ["id": "[SEP]", "ids": [301], "tokens": ["[SEP]"]],
    ],
  ]

  /// The bytes that ids stand for; ids of added tokens are written as their content.
  static func text(of ids: [Int32]) -> String {
    var bytes: [UInt8] = []
    let values = Dictionary(
      uniqueKeysWithValues: TokenizerVocabulary.letters.enumerated().map {
        ($0.element, UInt8($0.offset))
      })
    let names = Dictionary(uniqueKeysWithValues: vocabulary.map { (Int32($0.id), $0.name) })
    for id in ids {
      bytes += (names[id] ?? "").unicodeScalars.compactMap { values[$0] }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
