internal import Images
public import Tensors

/// The network as a device wants it: plans for sizes of batches, and weights that are the same for all.
///
/// Belongs to one thread.
public final class PlannedNetwork {
  public let configuration: ModelConfiguration
  private let recorder: PlanRecorder
  private let network: GroundingNetwork
  private let positions: [Float]

  /// - factors: what its products multiply.
  /// - Throws: as `MedGrounder` for weights that do not fit.
  public init(
    _ source: any NamedTensorSource, _ configuration: ModelConfiguration, factors: FactorKind
  ) throws(ModelError) {
    self.configuration = configuration
    recorder = PlanRecorder(factors: factors)
    recorder.sampleTable = NetworkInput.sampleTable
    let recorder = recorder
    network = try translating {
      let misfit = try GroundingNetwork.survey(source, configuration).misfit
      guard misfit.isEmpty else { throw CheckpointError.doesNotFit(misfit) }
      let folder = Checkpoint.Folder(Checkpoint.Reader(source, surveys: false))
      return try GroundingNetwork(folder, configuration, ranges: nil, on: recorder)
    }
    let cells = network.backbone.cells
    positions = sinePositions(
      kept: [Bool](repeating: true, count: cells * cells), height: cells, width: cells,
      channels: configuration.channels)
  }

  /// All weights that plans so far know.
  public var weights: [PlanWeight] { recorder.weights }

  /// Rows that an image takes in the cross-encoder.
  var cells: Int { network.backbone.cells * network.backbone.cells }

  /// Channels of the heads that its attention sees.
  public var headSizes: Set<Int> {
    [
      configuration.channels / configuration.heads,
      configuration.textChannels / configuration.textHeads,
    ]
  }

  /// What is to be done for a batch of that size.
  ///
  /// - Throws: `.tensors(.shape)` for sizes that no kernel is written for.
  public func plan(_ size: PlanSize) throws(ModelError) -> Plan {
    try translating {
      try recorder.begin(size)
      // Text and image know nothing of each other at first.
      let text = try recorder.aside { try textFeatures(size) }
      let side = configuration.side
      let pixels = [Float](repeating: 0, count: size.images * 3 * side * side)
      let cells = try network.backbone(pixels).tokens
      recorder.meet()
      let places = try recorder.tensor(positions, columns: configuration.channels)
      let pairs = try (0..<size.sentences).map { sentence in
        Pairing(
          image: ImageTokens(
            tokens: try recorder.choice(cells, rows: places.rows, sentence: sentence),
            positions: places, isSound: true),
          text: try recorder.sentence(text, sentence))
      }
      let sequence = try network.joint.join(pairs)
      let memory = try network.joint.encode(sequence)
      let states = try network.joint.decode(memory, sequence.segments)
      let answer = try network.joint.answer(states)
      return recorder.finish([(.boxes, answer.boxes), (.logits, answer.logits)])
    }
  }

  private func textFeatures(_ size: PlanSize) throws -> Tensor {
    let ids = [Int32](repeating: -1, count: size.rows)
    let sentences = (0..<size.sentences).map { $0 * size.tokens..<($0 + 1) * size.tokens }
    return try network.resizer(network.textEncoder(ids, sentences: sentences))
  }
}
