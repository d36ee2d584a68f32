internal import JSON

/// The special tokens that a `tokenizer.json` puts around a text.
enum TokenizerTemplate {
  typealias Around = (before: [Int32], after: [Int32])

  /// The ids before and after the text.
  static func read(_ processor: JSON?) throws(TokenizerError) -> Around {
    guard let processor, !processor.isNull else { return ([], []) }
    switch processor["type"]?.string {
    case "TemplateProcessing":
      return try template(processor)
    case "ByteLevel":
      guard processor["trim_offsets"]?.boolean == false else {
        throw .unsupported(feature: "trim_offsets in its post_processor")
      }
      return ([], [])
    case "Sequence":
      var around: Around = ([], [])
      for part in processor["processors"]?.array ?? [] {
        let inner = try read(part)
        around = (inner.before + around.before, around.after + inner.after)
      }
      return around
    case let type?: throw .unsupported(feature: "the post_processor \(type)")
    case nil: throw .malformed(part: "post_processor", reason: "has no type")
    }
  }

  private static func template(_ processor: JSON) throws(TokenizerError) -> Around {
    guard let pieces = processor["single"]?.array else {
      throw .malformed(part: "post_processor", reason: "has no template “single”")
    }
    var around: Around = ([], [])
    var texts = 0
    for piece in pieces {
      if piece["Sequence"] != nil {
        texts += 1
      } else if let name = piece["SpecialToken"]?["id"]?.string {
        let ids = try ids(of: name, in: processor)
        if texts == 0 { around.before += ids } else { around.after += ids }
      } else {
        throw .malformed(part: "post_processor", reason: "has a piece of no known kind")
      }
    }
    guard texts == 1 else {
      throw .malformed(part: "post_processor", reason: "places the text \(texts) times, not once")
    }
    return around
  }

  private static func ids(of name: String, in processor: JSON) throws(TokenizerError) -> [Int32] {
    var ids: [Int32] = []
    for id in processor["special_tokens"]?[name]?["ids"]?.array ?? [] {
      guard let id = id.integer.flatMap(Int32.init(exactly:)), id >= 0 else {
        throw .malformed(part: "post_processor", reason: "has a special token with a wrong id")
      }
      ids.append(id)
    }
    guard !ids.isEmpty else {
      throw .malformed(part: "post_processor", reason: "names a special token without its ids")
    }
    return ids
  }
}
