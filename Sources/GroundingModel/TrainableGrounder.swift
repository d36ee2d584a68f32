public import Boxes
public import Tensors

/// The network of `MedGrounder` while it learns: the same definition, built on a tape.
///
/// Belongs to one thread.
public final class TrainableGrounder {
  /// Its sizes.
  public let configuration: ModelConfiguration
  /// What learns, and what the optimizer keeps of it.
  public let parameters: TrainableParameters
  /// The checkpoint's name of each parameter.
  public let names: [String]
  /// What it is built on.
  public let tape: Tape
  private let network: GroundingNetwork
  private let positions: [Float]
  private var answers: [(boxes: Tensor, logits: Tensor)] = []

  /// - weights: where learning begins.
  /// - tape: for as many images as a step has.
  /// - learns: which parameters may change, by their names in a checkpoint; running statistics never learn.
  public init(
    _ weights: any NamedTensorSource, _ configuration: ModelConfiguration, on tape: Tape,
    learns: (String) -> Bool
  ) throws(ModelError) {
    self.configuration = configuration
    self.tape = tape
    let asked: [(name: String, shape: [Int])]
    (asked, parameters, network) = try translating {
      let survey = try GroundingNetwork.survey(weights, configuration)
      guard survey.misfit.isEmpty else { throw CheckpointError.doesNotFit(survey.misfit) }
      // A name that is asked for twice is one parameter.
      var seen: Set<String> = []
      let asked = survey.weights.filter { seen.insert($0.name).inserted }
      let parameters = TrainableParameters(
        shapes: asked.map { $0.shape },
        learns: asked.map { !$0.name.contains(".running_") && learns($0.name) })
      for (index, weight) in asked.enumerated() {
        parameters[index, .value] = try weights.parameter(weight.name).values
      }
      let source = TrainableWeights(parameters, names: asked.map { $0.name })
      let folder = Checkpoint.Folder(Checkpoint.Reader(source, surveys: false))
      let network = try GroundingNetwork(folder, configuration, ranges: nil, on: tape)
      return (asked, parameters, network)
    }
    names = asked.map { $0.name }
    let cells = network.backbone.cells
    positions = sinePositions(
      kept: [Bool](repeating: true, count: cells * cells), height: cells, width: cells,
      channels: configuration.channels)
  }

  /// A sentence of a step.
  public struct Phrase: Sendable {
    /// Which of the step's images it speaks of.
    public var image: Int
    /// Token ids, from [CLS] to [SEP].
    public var tokens: [Int32]

    /// - image: its place among the step's images.
    public init(image: Int, tokens: [Int32]) {
      self.image = image
      self.tokens = tokens
    }
  }

  /// What each layer of the decoder says of each sentence: [layers][phrases].
  ///
  /// - pixels: [images, 3, side, side], normalised.
  public func callAsFunction(
    _ pixels: [Float], _ phrases: [Phrase]
  ) throws(ModelError) -> [[QueryOutputs]] {
    try translating {
      tape.clear()
      let tokens = try network.backbone(pixels).tokens
      let places = try tape.tensor(positions, columns: configuration.channels)
      let cells = places.rows
      let images = (0..<tape.images).map { image in
        ImageTokens(
          tokens: tokens.rows(image * cells..<(image + 1) * cells), positions: places,
          isSound: true)
      }
      var ranges: [Range<Int>] = []
      for phrase in phrases {
        let start = ranges.last?.upperBound ?? 0
        ranges.append(start..<start + phrase.tokens.count)
      }
      let states = try network.textEncoder(phrases.flatMap { $0.tokens }, sentences: ranges)
      let text = try network.resizer(states)
      let sequence = try network.joint.join(
        zip(phrases, ranges).map { phrase, range in
          Pairing(image: images[phrase.image], text: text.rows(range))
        })
      let memory = try network.joint.encode(sequence)
      answers = try network.joint.decodeEach(memory, sequence.segments).map {
        try network.joint.answer($0)
      }
      return try answers.map { try outputs($0, count: phrases.count) }
    }
  }

  private func outputs(
    _ answer: (boxes: Tensor, logits: Tensor), count: Int
  ) throws -> [QueryOutputs] {
    let boxes = try tape.values(of: answer.boxes)
    let logits = try tape.values(of: answer.logits)
    let queries = configuration.queries
    return (0..<count).map { phrase in
      QueryOutputs(
        logits: Array(logits[phrase * queries..<(phrase + 1) * queries]),
        boxes: Array(boxes[4 * phrase * queries..<4 * (phrase + 1) * queries]))
    }
  }

  /// Adds to all gradients what the last answers' slopes come to.
  ///
  /// - slopes: ∂loss by every number that was answered, in the form of the answer.
  public func goBack(_ slopes: [[QueryOutputs]]) throws(ModelError) {
    precondition(slopes.count == answers.count, "\(slopes.count) layers, not \(answers.count)")
    var results: [(tensor: Tensor, gradient: [Float])] = []
    for (answer, layer) in zip(answers, slopes) {
      results.append((answer.boxes, layer.flatMap { $0.boxes }))
      results.append((answer.logits, layer.flatMap { $0.logits }))
    }
    answers = []
    try translating { try tape.goBack(from: results) }
  }

  /// The network as it is now, for whoever wants to run it or to write it down.
  public var weights: TrainableWeights { TrainableWeights(parameters, names: names) }
}

/// Trainable parameters by their names in a checkpoint.
///
/// `@unchecked` because it is read on the thread that trains, between its steps.
public struct TrainableWeights: NamedTensorSource, @unchecked Sendable {
  /// In the order of the network.
  public let names: [String]
  private let parameters: TrainableParameters
  private let places: [String: Int]

  init(_ parameters: TrainableParameters, names: [String]) {
    self.parameters = parameters
    self.names = names
    places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
  }

  /// Nil for what the network does not have.
  public func facts(of name: String) -> TensorFacts? {
    places[name].map { TensorFacts(type: .f32, shape: parameters.shapes[$0]) }
  }

  /// The numbers as they are now; they change with every step.
  public func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    guard let place = places[name] else { throw .noTensor(name: name) }
    return parameters.parameter(place)
  }
}
