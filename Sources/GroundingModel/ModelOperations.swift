/// Floating-point operations of each stage for one image and its sentences, two to a multiply-add.
///
/// Products, convolutions and attention are counted; norms and activations are not.
public struct ModelOperations: Hashable, Sendable {
  public var backbone = 0.0
  public var text = 0.0
  public var cross = 0.0
  public var decoder = 0.0

  public var total: Double { backbone + text + cross + decoder }

  /// - sentences: tokens of each.
  public init(_ configuration: ModelConfiguration, sentences: [Int]) {
    backbone = Self.backbone(configuration)
    var cells = configuration.side
    for _ in 0..<5 { cells = (cells + 1) / 2 }
    for tokens in sentences {
      text += Self.text(configuration, Double(tokens))
      cross += Self.cross(configuration, Double(cells * cells + tokens))
      decoder += Self.decoder(configuration, Double(cells * cells + tokens))
    }
  }

  private static func backbone(_ configuration: ModelConfiguration) -> Double {
    let width = configuration.width
    var side = (configuration.side + 1) / 2
    var sum = Double(side * side * 3 * 49 * width)
    side = (side + 1) / 2
    var inputs = width
    for (stage, count) in configuration.blocks.enumerated() {
      let middle = width << stage
      for block in 0..<count {
        let reduced = Double(side * side * inputs * middle)
        if stage > 0, block == 0 { side = (side + 1) / 2 }
        let area = Double(side * side)
        sum += reduced + area * Double(middle * middle * 9 + middle * 4 * middle)
        if block == 0 { sum += area * Double(inputs * 4 * middle) }
        inputs = 4 * middle
      }
    }
    return 2 * (sum + Double(side * side * inputs * configuration.channels))
  }

  private static func text(_ configuration: ModelConfiguration, _ tokens: Double) -> Double {
    let (channels, inner) = (
      Double(configuration.textChannels), Double(configuration.textFeedForward)
    )
    let window = min(tokens, Double(configuration.textWindow + 1))
    let global = (configuration.textLayers - 1) / configuration.textGlobalEvery + 1
    let layers = Double(configuration.textLayers)
    let keys = Double(global) * tokens + (layers - Double(global)) * window
    let products = layers * channels * (4 * channels + 3 * inner)
    return 2 * tokens
      * (products + 2 * keys * channels + channels * Double(configuration.channels))
  }

  private static func cross(_ configuration: ModelConfiguration, _ rows: Double) -> Double {
    let (channels, inner) = (
      Double(configuration.channels), Double(configuration.feedForward)
    )
    return 2 * Double(configuration.encoderLayers) * rows
      * (4 * channels * channels + 2 * channels * inner + 2 * rows * channels)
  }

  private static func decoder(_ configuration: ModelConfiguration, _ rows: Double) -> Double {
    let (channels, inner) = (
      Double(configuration.channels), Double(configuration.feedForward)
    )
    let queries = Double(configuration.queries)
    let perQuery = 6 * channels * channels + 2 * channels * inner + 2 * (queries + rows) * channels
    let layer = queries * perQuery + rows * 2 * channels * channels
    let heads = queries * channels * (2 * channels + 5)
    return 2 * (Double(configuration.decoderLayers) * layer + heads)
  }
}
