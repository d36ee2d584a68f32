internal import Boxes
public import Evaluation
internal import FoundationEssentials
public import GroundingModel
internal import JSON
internal import Tensors

/// One run of training: from a plan and a folder to weights (SPEC §6.1).
///
/// The folder gets `state.safetensors` (to go on from), `best.safetensors` (the weights of the best epoch),
/// `log.jsonl`, and `train.html`. Belongs to one thread.
public final class TrainingRun {
  /// What it is told to do.
  public let plan: TrainingPlan
  /// What learns.
  public let network: TrainableGrounder
  /// Steps of an epoch: what is left of its films is passed over.
  public let stepsPerEpoch: Int
  /// Steps of the whole run.
  public var steps: Int { stepsPerEpoch * plan.epochs }
  /// Where it stands.
  public private(set) var state = TrainingState()
  private let examples: Examples
  private let validation: Validation?
  private let threads: Int
  private let folder: String
  /// The run file, byte for byte: the state of another one is not gone on from.
  private let identity: String
  private let tokenizer: String
  private let startCard: String?
  private var log: TrainingLog
  private var order: (epoch: Int, studies: [Int]) = (-1, [])

  /// What is told after a step.
  public struct Progress: Sendable {
    /// From 1.
    public var step, epoch: Int
    /// Of the whole run.
    public var steps: Int
    /// All layers of the decoder together; the mean of the epoch where it ends with this step.
    public var loss: Double
    /// The loss's terms of the decoder's last layer.
    public var terms: GroundingLoss.Terms
    /// Before it is bounded.
    public var gradientNorm: Double
    /// The optimizer's.
    public var rate: Float
    /// What the epoch that ended with this step is worth; nil within epochs.
    public var metrics: PhraseMetrics?
    /// Whether the weights of this epoch are the ones to keep.
    public var isBest = false
  }

  /// - weights: where learning begins.
  /// - startCard: what those say of their own making.
  /// - configuration: the sizes of the network.
  /// - tokenizer: the text of a tokenizer.json, which goes with the weights.
  /// - folder: where the run's files are; a state that is there is gone on from.
  init(
    _ plan: TrainingPlan, identity: String, weights: any NamedTensorSource, startCard: String?,
    configuration: ModelConfiguration, tokenizer: String, examples: Examples,
    validation: Validation?, folder: String, threads: Int
  ) throws {
    self.plan = plan
    self.identity = identity
    self.tokenizer = tokenizer
    self.startCard = startCard
    self.examples = examples
    self.validation = validation
    self.threads = threads
    self.folder = folder
    stepsPerEpoch = examples.count / plan.images
    guard stepsPerEpoch > 0 else {
      throw TrainingError.badPlan(
        field: "images", reason: "is more than an epoch has (\(examples.count))")
    }
    try plan.check(against: weights.names)
    let tape = try Tape(
      threads: threads, images: plan.images, learnsNorms: plan.learnsNorms, dropout: plan.dropout,
      seed: plan.seed)
    network = try TrainableGrounder(
      weights, configuration, on: tape, learns: { plan.learns($0) })
    log = TrainingLog(folder: folder)
    if FileManager.default.fileExists(atPath: statePath) {
      state = try TrainingState(from: statePath, into: network, run: identity)
      tape.randomState = state.random
      try log.resume(at: state.step)
    }
  }

  /// What a crash costs at most, besides a validation.
  private static let stateEvery = Duration.seconds(300)

  private var statePath: String { folder + "/state.safetensors" }
  /// The weights of the best epoch so far.
  public var bestPath: String { folder + "/best.safetensors" }

  /// Trains until the plan is done or `goesOn` says no; the state is written whenever it stops.
  ///
  /// - goesOn: is told of every step.
  /// - Returns: true when the plan is done.
  public func go(_ goesOn: (Progress) -> Bool) throws -> Bool {
    network.tape.enter()
    var writtenAt = ContinuousClock.now
    while state.step < steps, !isExhausted {
      var progress = try advance()
      if state.step % stepsPerEpoch == 0 {
        try finishEpoch(&progress)
        writtenAt = .now
      } else if writtenAt.duration(to: .now) > Self.stateEvery {
        try writeState()
        writtenAt = .now
      }
      guard goesOn(progress) else {
        try writeState()
        return state.step == steps || isExhausted
      }
    }
    return true
  }

  /// Whether patience is at its end.
  private var isExhausted: Bool {
    plan.patience > 0 && state.step % stepsPerEpoch == 0
      && state.step / stepsPerEpoch - state.bestEpoch >= plan.patience
  }

  private func advance() throws -> Progress {
    let (epoch, position) = state.step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    if order.epoch != epoch { order = (epoch, examples.order(epoch: epoch, seed: plan.seed)) }
    let batch = try TrainingBatch(
      examples, order: order.studies, epoch: epoch, position: position, plan: plan,
      side: network.configuration.side)
    network.parameters.clearGradients()
    let layers = try network(batch.pixels, batch.phrases)
    let losses = try layers.map { answers in
      guard answers.allSatisfy({ $0.isFinite }) else {
        throw TrainingError.diverged(step: state.step + 1, loss: "no number")
      }
      return plan.loss(answers, batch.targets)
    }
    try network.goBack(losses.map { $0.slopes })
    let norm = network.parameters.gradientNorm()
    let loss = losses.reduce(0) { $0 + $1.total }
    guard norm.isFinite, loss.isFinite else {
      throw TrainingError.diverged(step: state.step + 1, loss: "\(loss), its gradient \(norm)")
    }
    state.lossSum += loss
    let rate = plan.rate(ofStep: state.step, of: steps)
    state.step += 1
    network.parameters.advance(
      TrainableParameters.Step(
        rate: rate, decay: plan.decay,
        scale: norm > Double(plan.clip) ? plan.clip / Float(norm) : 1, number: state.step))
    return Progress(
      step: state.step, epoch: epoch + 1, steps: steps, loss: loss,
      terms: losses[losses.count - 1].terms, gradientNorm: norm, rate: rate)
  }

  /// Judges the network, keeps it if it is the best, and writes the state.
  private func finishEpoch(_ progress: inout Progress) throws {
    if let validation {
      let grounder = try MedGrounder(network.weights, network.configuration, threads: threads)
      let metrics = PhraseMetrics(of: try validation.phrases(groundedBy: grounder))
      network.tape.enter()
      progress.metrics = metrics
      let score = plan.stage.score(metrics)
      if score > state.best ?? -1 {
        (state.best, state.bestEpoch, progress.isBest) = (score, progress.epoch, true)
      }
    } else {
      (state.bestEpoch, progress.isBest) = (progress.epoch, true)
    }
    progress.loss = state.lossSum / Double(stepsPerEpoch)
    state.lossSum = 0
    if progress.isBest { try writeWeights(progress.metrics) }
    try log.add(progress)  // before the state: lines that are beyond it are written again
    try writeState()
  }

  private func writeState() throws {
    state.random = network.tape.randomState
    try state.write(network, run: identity, to: statePath)
  }

  private func writeWeights(_ metrics: PhraseMetrics?) throws {
    let weights = network.weights
    let tensors = weights.names.enumerated().map { index, name in
      StoredTensor(
        name, network.parameters.shapes[index], .floats(network.parameters[index, .value]))
    }
    let card = ModelCard(
      plan: plan, run: identity, start: startCard, epoch: state.bestEpoch, metrics: metrics)
    try Checkpoint.write(
      tensors,
      metadata: [
        ("config", network.configuration.json), ("name", plan.name),
        (ModelCard.metadataName, card.json.text),
        (Tokenizer.metadataName, tokenizer),
      ], to: bestPath)
  }
}

extension TrainingPlan.Stage {
  /// What the best epoch has most of, in percent (SPEC §6.1).
  func score(_ metrics: PhraseMetrics) -> Double {
    switch self {
    case .anatomy: metrics.overall.meanMaskIoU ?? 0
    case .findings: metrics.overall.correct ?? 0
    }
  }
}
