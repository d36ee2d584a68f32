public import Boxes
public import Tensors

/// The network with its weights: images and sentences in, boxes and logits out.
///
/// Belongs to one thread at a time. The backbone runs once per image; sentences of different lengths share
/// every product without padding.
public final class MedGrounder: RequestGrounder {
  public let configuration: ModelConfiguration
  let network: GroundingNetwork
  let cpu: CPU
  private var textFeatures: TextFeatures
  /// Positions of all cells, once they were needed.
  private var allPositions: Tensor?

  /// What products are computed with.
  public var precision: Precision { cpu.precision }
  public var precisionName: String { precision.rawValue }
  /// “cpu”
  public let deviceName = "cpu"
  /// A processor gains nothing from more.
  public let batchesAtOnce = 1
  /// Nothing of a processor's is made anew.
  public let restarts = 0
  /// All of its memory is the processor's.
  public let deviceBytes = 0
  /// Threads that share each operation.
  public var threads: Int { cpu.threads }

  /// Reads and packs the weights of a checkpoint.
  ///
  /// - ranges: for int8; nil takes the checkpoint's own.
  /// - packed: the same weights from an earlier start, which has looked at every number, or where this one
  ///   leaves them.
  /// - Throws: `.checkpoint(.doesNotFit)` with every missing, unexpected and misshapen name;
  ///   `.checkpoint(.badCalibration)` where int8 finds no ranges.
  public convenience init(
    _ checkpoint: Checkpoint, threads: Int, precision: Precision = .f32,
    ranges: BackboneRanges? = nil, packed: PackedWeights? = nil,
    textBytesMax: Int = MedGrounder.textBytesMax
  ) throws(ModelError) {
    let configuration = try translating { try checkpoint.configuration }
    try self.init(
      checkpoint, configuration, threads: threads, precision: precision, ranges: ranges,
      packed: packed, textBytesMax: textBytesMax)
  }

  /// The same from weights that do not say their configuration themselves.
  public init(
    _ weights: any NamedTensorSource, _ configuration: ModelConfiguration, threads: Int,
    precision: Precision = .f32, ranges: BackboneRanges? = nil, packed: PackedWeights? = nil,
    textBytesMax: Int = MedGrounder.textBytesMax
  ) throws(ModelError) {
    textFeatures = TextFeatures(bytesMax: textBytesMax)
    self.configuration = configuration
    (cpu, network) = try translating {
      let misfit = try GroundingNetwork.survey(weights, configuration).misfit
      guard misfit.isEmpty else { throw CheckpointError.doesNotFit(misfit) }
      let cpu = try CPU(threads: threads, precision: precision)
      cpu.packed = packed
      let folder = Checkpoint.Folder(
        Checkpoint.Reader(weights, surveys: false, trusts: packed?.isKept ?? false))
      let network = try GroundingNetwork(
        folder, configuration,
        ranges: precision == .int8 ? ranges ?? BackboneRanges(of: weights) : nil, on: cpu)
      cpu.packed = nil
      return (cpu, network)
    }
  }

  /// Text features of recent sentences that are kept, unless told otherwise: of some 1,500.
  public static let textBytesMax = 32 << 20

  /// How many sentences had their text features ready, and how many had not, since the start.
  public var textLookups: (ready: Int, computed: Int) { (textFeatures.hits, textFeatures.misses) }

  /// Sentences that pass through the network together; more are taken in turns.
  public static let sentencesAtATime = 16
  private static let tokensAtATime = 2048

  /// Boxes and logits for every sentence of every request, in their order.
  ///
  /// Where the arithmetic overflows, they are no numbers.
  ///
  /// - Throws: `.badRequest` for pixels of another size, empty or over-long sentences (more than 8,192
  ///   tokens), and ids outside the vocabulary.
  public func ground(_ requests: [GroundingRequest]) throws(ModelError) -> [[QueryOutputs]] {
    for request in requests { try configuration.check(request) }
    cpu.enter()
    return try translating {
      var pairs: [(image: ImageTokens, sentence: [Int32])] = []
      for request in requests where !request.sentences.isEmpty {
        let image = try encode(request.pixels.values, request.pixelMask)
        for sentence in request.sentences { pairs.append((image, sentence)) }
      }
      var answers: [QueryOutputs] = []
      while answers.count < pairs.count {
        answers += try answer(Self.batch(of: pairs[answers.count...]))
      }
      var rest = answers[...]
      return requests.map { request in
        defer { rest = rest.dropFirst(request.sentences.count) }
        return Array(rest.prefix(request.sentences.count))
      }
    }
  }

  private static func batch(of pairs: ArraySlice<(image: ImageTokens, sentence: [Int32])>)
    -> ArraySlice<(image: ImageTokens, sentence: [Int32])>
  {
    var tokens = 0
    let count = pairs.prefix(sentencesAtATime).prefix { pair in
      tokens += pair.sentence.count
      return tokens <= tokensAtATime
    }.count
    return pairs.prefix(max(1, count))
  }
}

extension MedGrounder {
  /// Backbone and positions of one image.
  func encode(_ pixels: [Float], _ pixelMask: [Bool]?) throws -> ImageTokens {
    let cells = network.backbone.cells
    let kept = pixelMask.map { sampled($0, cells: cells) }
    let (tokens, isSound) = try network.backbone(pixels)
    let positions = try positions(kept)
    guard let kept, kept.contains(false) else {
      return ImageTokens(tokens: tokens, positions: positions, isSound: isSound)
    }
    let rows = [0..<0] + kept.indices.filter { kept[$0] }.map { $0..<$0 + 1 }  // none at worst
    return ImageTokens(
      tokens: try network.backend.joined(rows.map { tokens.rows($0) }),
      positions: try network.backend.joined(rows.map { positions.rows($0) }), isSound: isSound)
  }

  /// Of the cells that are not padding, or of all: those are made once.
  private func positions(_ kept: [Bool]?) throws -> Tensor {
    if kept == nil, let known = allPositions { return known }
    let cells = network.backbone.cells
    let values = sinePositions(
      kept: kept ?? [Bool](repeating: true, count: cells * cells), height: cells, width: cells,
      channels: configuration.channels)
    let positions = try network.backend.tensor(values, columns: configuration.channels)
    if kept == nil { allPositions = positions }
    return positions
  }

  /// The nearest pixel's mask for each cell, true where the cell is not padding (SPEC §1.3).
  private func sampled(_ mask: [Bool], cells: Int) -> [Bool] {
    let side = configuration.side
    return (0..<cells * cells).map { cell in
      !mask[cell / cells * side / cells * side + cell % cells * side / cells]
    }
  }

  /// Features of some sentences, [tokens, channels], and where each sentence lies in them.
  func encodeText(_ sentences: [[Int32]]) throws -> (features: Tensor, ranges: [Range<Int>]) {
    var ranges: [Range<Int>] = []
    for sentence in sentences {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + sentence.count)
    }
    let states = try network.textEncoder(Array(sentences.joined()), sentences: ranges)
    return (try network.resizer(states), ranges)
  }

  /// The same for each sentence; only those are computed that were not asked for lately.
  private func features(of sentences: [[Int32]]) throws -> [Tensor] {
    var known: [[Int32]: Tensor] = [:]
    var unknown: [[Int32]] = []
    for sentence in sentences where known[sentence] == nil && !unknown.contains(sentence) {
      if let values = textFeatures.features(of: sentence) {
        known[sentence] = try network.backend.tensor(values, columns: configuration.channels)
      } else {
        unknown.append(sentence)
      }
    }
    if !unknown.isEmpty {
      let text = try encodeText(unknown)
      for (sentence, range) in zip(unknown, text.ranges) {
        let features = text.features.rows(range)
        known[sentence] = features
        textFeatures.keep(try network.backend.values(of: features), of: sentence)
      }
    }
    return sentences.compactMap { known[$0] }
  }

  private func answer(_ pairs: ArraySlice<(image: ImageTokens, sentence: [Int32])>) throws
    -> [QueryOutputs]
  {
    let features = try features(of: pairs.map { $0.sentence })
    let sequence = try network.joint.join(
      zip(pairs, features).map { pair, text in Pairing(image: pair.image, text: text) })
    let memory = try network.joint.encode(sequence)
    let states = try network.joint.decode(memory, sequence.segments)
    let answer = try network.joint.answer(states)
    let boxes = try network.backend.values(of: answer.boxes)
    let logits = try network.backend.values(of: answer.logits)
    let count = configuration.queries
    return pairs.indices.map { index in
      guard pairs[index].image.isSound else { return .failed(queries: count) }
      let first = (index - pairs.startIndex) * count
      return QueryOutputs(
        logits: Array(logits[first..<first + count]),
        boxes: Array(boxes[4 * first..<4 * (first + count)]))
    }
  }
}
