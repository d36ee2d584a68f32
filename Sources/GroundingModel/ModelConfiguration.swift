internal import JSON

/// Sizes of a MedGrounder network, as the metadata of its checkpoint says them under “config”.
public struct ModelConfiguration: Hashable, Sendable {
  /// Bottlenecks in each of the backbone's four stages (ResNet-101: 3, 4, 23, 3).
  public var blocks: [Int] = [3, 4, 23, 3]
  /// Channels of the backbone's stem.
  public var width = 64
  /// Side of the square image, in pixels.
  public var side = 640

  /// Channels of tokens and queries in the cross-encoder and the decoder.
  public var channels = 256
  public var heads = 8
  public var feedForward = 2048
  public var encoderLayers = 6
  public var decoderLayers = 6
  public var queries = 100

  public var vocabulary = 50368
  public var textChannels = 768
  public var textHeads = 12
  public var textLayers = 22
  /// Channels of each half of the text encoder's gated units.
  public var textFeedForward = 1152
  /// Tokens in a local layer's window, half of them on either side.
  public var textWindow = 128
  /// One layer in so many attends to the whole sentence; the first does.
  public var textGlobalEvery = 3
  public var textThetaGlobal: Float = 160_000
  public var textThetaLocal: Float = 10_000
  public var textNormEpsilon: Float = 1e-5

  public var padToken = 50283
  public var startToken = 50281
  public var endToken = 50282

  /// The full-size network.
  public init() {}

  /// Most tokens of a sentence, as ModernBERT was trained.
  public static let tokensMax = 8192
  /// Most tokens of a sentence that is grounded, or learnt from: reports have no longer ones.
  public static let sentenceTokensMax = 512
}

extension ModelConfiguration {
  /// The name that a size has in the JSON, its place here, and what it may be.
  private typealias Size = (
    name: String, place: WritableKeyPath<ModelConfiguration, Int>, range: ClosedRange<Int>
  )

  private static var sizes: [Size] {
    [
      ("width", \.width, 1...1024), ("image", \.side, 32...4096),
      ("d_model", \.channels, 4...8192), ("nhead", \.heads, 1...256),
      ("ffn", \.feedForward, 1...65536), ("enc_layers", \.encoderLayers, 0...100),
      ("dec_layers", \.decoderLayers, 1...100), ("queries", \.queries, 1...10_000),
      ("vocab", \.vocabulary, 4...10_000_000), ("t_hidden", \.textChannels, 2...16384),
      ("t_heads", \.textHeads, 1...256), ("t_layers", \.textLayers, 1...200),
      ("t_inter", \.textFeedForward, 1...65536), ("t_local", \.textWindow, 2...8192),
      ("pad", \.padToken, 0...9_999_999), ("cls", \.startToken, 0...9_999_999),
      ("sep", \.endToken, 0...9_999_999),
    ]
  }

  private static let bytesMax = 64 << 10

  private typealias Number = (name: String, place: WritableKeyPath<ModelConfiguration, Float>)

  private static var numbers: [Number] {
    [
      ("t_theta_global", \.textThetaGlobal), ("t_theta_local", \.textThetaLocal),
      ("t_eps", \.textNormEpsilon),
    ]
  }

  /// Reads the “config” JSON; all sizes must be there, unknown members are passed over.
  public init(json text: String) throws(CheckpointError) {
    guard text.utf8.count <= Self.bytesMax else {
      throw .badConfiguration(reason: "\(text.utf8.count) bytes; at most \(Self.bytesMax) are read")
    }
    let json: JSON
    do { json = try JSON(parsing: text) } catch {
      throw .badConfiguration(reason: error.description)
    }
    guard let stages = json["blocks"]?.array, stages.count == 4 else {
      throw .badConfiguration(reason: "“blocks” is not a list of four numbers")
    }
    blocks = []
    for stage in stages { blocks.append(try Self.integer(stage, "blocks", 1...200)) }
    for size in Self.sizes {
      self[keyPath: size.place] = try Self.integer(json[size.name], size.name, size.range)
    }
    if let every = json["t_global_every"] {
      textGlobalEvery = try Self.integer(every, "t_global_every", 1...1000)
    }
    for number in Self.numbers {
      guard let value = json[number.name] else { continue }
      guard let value = value.number, value > 0, value < 1e12 else {
        throw .badConfiguration(reason: "“\(number.name)” is no positive number")
      }
      self[keyPath: number.place] = Float(value)
    }
    try check()
  }

  /// The “config” JSON, which `init(json:)` reads back.
  public var json: String {
    var members: [JSON.Member] = [.init("blocks", .array(blocks.map { .integer(Int64($0)) }))]
    for size in Self.sizes {
      members.append(.init(size.name, .integer(Int64(self[keyPath: size.place]))))
    }
    members.append(.init("t_global_every", .integer(Int64(textGlobalEvery))))
    for number in Self.numbers {
      members.append(.init(number.name, .number(self[keyPath: number.place])))
    }
    return JSON.object(members).text
  }

  /// Every size that is another one there: “d_model 64, not 256”.
  func differences(from other: ModelConfiguration) -> [String] {
    let stages = blocks == other.blocks ? [] : ["blocks \(blocks), not \(other.blocks)"]
    return stages
      + Self.sizes.compactMap { size in
        let (here, there) = (self[keyPath: size.place], other[keyPath: size.place])
        return here == there ? nil : "\(size.name) \(here), not \(there)"
      }
  }

  private func check() throws(CheckpointError) {
    let rules: [(Bool, String)] = [
      (channels % heads == 0, "“d_model” is no multiple of “nhead”"),
      (channels % 4 == 0, "“d_model” is no multiple of 4"),
      (textChannels % textHeads == 0, "“t_hidden” is no multiple of “t_heads”"),
      (textChannels / textHeads % 2 == 0, "heads of the text encoder have an odd size"),
      (
        max(padToken, startToken, endToken) < vocabulary,
        "a special token is outside the vocabulary"
      ),
    ]
    for (holds, reason) in rules where !holds { throw .badConfiguration(reason: reason) }
  }

  private static func integer(_ value: JSON?, _ name: String, _ range: ClosedRange<Int>)
    throws(CheckpointError) -> Int
  {
    guard let value else { throw .badConfiguration(reason: "“\(name)” is missing") }
    guard let number = value.integer, Int64(range.lowerBound) <= number,
      number <= Int64(range.upperBound)
    else {
      throw .badConfiguration(
        reason: "“\(name)” is not from \(range.lowerBound) to \(range.upperBound)")
    }
    return Int(number)
  }
}

extension ModelConfiguration {
  /// What kind of network this is, in a line.
  public var architecture: String {
    let depth = blocks.reduce(2) { $0 + 3 * $1 }
    return "MedGrounder: ResNet-\(depth) of width \(width) at \(side)×\(side), "
      + "ModernBERT of \(textLayers) layers of \(textChannels), \(encoderLayers) + "
      + "\(decoderLayers) layers of \(channels), \(queries) queries"
  }
}
