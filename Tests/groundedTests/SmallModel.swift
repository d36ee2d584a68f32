import Foundation
import GroundingModel
import JSON

/// Files of a small network with random weights, and of the tokenizer that goes with it.
enum SmallModel {
  private static let vocabulary = 512

  static func write(seed: UInt64, to file: URL) throws {
    try SeededWeights.write(.small(vocabulary: vocabulary), seed: seed, to: file.path)
  }

  /// Every byte is a token; [CLS] and [SEP] stand around a text.
  static func writeTokenizer(to file: URL) throws {
    let letters = letters.enumerated().map { index, letter in
      JSON.Member(String(letter), .integer(Int64(index) + 3))
    }
    let names = ["[PAD]", "[CLS]", "[SEP]"]
    let special: (String) -> JSON = { ["SpecialToken": ["id": .string($0), "type_id": 0]] }
    let tokenizer: JSON = [
      "added_tokens": .array(
        names.enumerated().map { index, name in
          [
            "id": .integer(Int64(index)), "content": .string(name), "lstrip": false,
            "rstrip": false, "single_word": false, "normalized": false, "special": true,
          ]
        }),
      "normalizer": ["type": "NFC"],
      "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true],
      "post_processor": [
        "type": "TemplateProcessing",
        "single": [
          special("[CLS]"), ["Sequence": ["id": "A", "type_id": 0]], special("[SEP]"),
        ],
        "special_tokens": [
          "[CLS]": ["id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]],
          "[SEP]": ["id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]],
        ],
      ],
      "model": ["type": "BPE", "vocab": .object(letters), "merges": []],
    ]
    try Data(tokenizer.bytes).write(to: file)
  }

  /// The letter of each byte: itself where it can be printed, else the next that is free from 256 on.
  private static let letters: [Unicode.Scalar] = {
    var free: UInt32 = 256
    return (UInt32(0)..<256).compactMap { byte in
      switch byte {
      case 33...126, 161...172, 174...255: return Unicode.Scalar(byte)
      default:
        defer { free += 1 }
        return Unicode.Scalar(free)
      }
    }
  }()
}
