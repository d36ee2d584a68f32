internal import Boxes
public import GroundingModel
public import Images
public import Journal
public import Reports

/// Grounds a report with its images and the network: fetch, decode, model, fuse.
public struct ImageGrounder: ReportGrounder {
  public let identity: GrounderIdentity
  private let tokenizer: Tokenizer
  private let fetcher: ImageFetcher
  private let decoders: ImageDecoders
  private let worker: ModelWorker
  /// Bounds the reports whose images are fetched, decoded, or wait for a place in `computing`.
  private let preparing: Gate
  /// Bounds those that the network has, or that are ready for it: the next batches gather while one is computed.
  private let computing: Gate
  private let settings: Settings
  /// Of the network's square, in pixels.
  private let side: Int
  private let surroundings: Surroundings
  private let metrics: ServiceMetrics
  private let log: Log
  private let retired = Flag()

  /// What bounds the work on one report, and on all at once.
  public struct Settings: Sendable {
    /// Reports whose images are fetched or decoded at the same time, or decoded beyond those that follow.
    public var preparedAtOnceMax = 8
    /// Reports that the network has, or that are ready for it.
    public var computedAtOnceMax = 16
    /// Images that are given to the network together.
    public var batchImagesMax = 8
    /// How long the network waits for more reports before it runs.
    public var batchWait = Duration.zero
    /// Threads that decode images.
    public var decoderThreads = 2
    public var imageLimits = ImageLimits()
    /// A longer sentence is skipped.
    public var sentenceTokensMax = SentencePlan.tokensMax
    /// Sentences of one report that the network sees at a time.
    public var sentencesAtOnceMax = 64
    /// Queries below this confidence are not kept in the ledger.
    public var scoreFloor: Float = 0.01
    /// How long one image may stay unavailable, and how often it is asked for.
    public var retry = RetryPolicy()

    public init() {}
  }

  /// - Parameters:
  ///   - network: runs on a thread of its own from now on.
  ///   - side: of the network's square, in pixels.
  public init(
    identity: GrounderIdentity, network: sending any RequestGrounder, side: Int,
    tokenizer: Tokenizer,
    fetcher: ImageFetcher, settings: Settings, surroundings: Surroundings,
    metrics: ServiceMetrics, log: Log
  ) {
    let worker = ModelWorker(
      imagesMax: settings.batchImagesMax, wait: settings.batchWait, metrics: metrics
    ) { requests in
      let before = (texts: network.textLookups, restarts: network.restarts)
      defer {
        let now = network.textLookups
        metrics.lookedUpTexts(
          ready: now.ready - before.texts.ready, computed: now.computed - before.texts.computed)
        metrics.used(
          device: network.deviceName, bytes: network.deviceBytes,
          restarts: network.restarts - before.restarts)
      }
      return try network.ground(requests)
    }
    self.init(
      identity: identity, worker: worker, side: side, tokenizer: tokenizer, fetcher: fetcher,
      settings: settings, surroundings: surroundings, metrics: metrics, log: log)
  }

  init(
    identity: GrounderIdentity, worker: ModelWorker, side: Int, tokenizer: Tokenizer,
    fetcher: ImageFetcher, settings: Settings, surroundings: Surroundings,
    metrics: ServiceMetrics, log: Log
  ) {
    self.identity = identity
    self.worker = worker
    self.tokenizer = tokenizer
    self.fetcher = fetcher
    self.settings = settings
    self.side = side
    self.surroundings = surroundings
    self.metrics = metrics
    self.log = log
    decoders = ImageDecoders(
      count: settings.decoderThreads, limits: settings.imageLimits, side: side)
    preparing = Gate(places: settings.preparedAtOnceMax)
    computing = Gate(places: settings.computedAtOnceMax)
  }

  public func ground(
    _ report: ReportEvent
  ) async throws(GroundingFailure) -> GroundingResult {
    guard report.images.contains(where: \.isFrontal) else {
      return skipped(report, because: GroundedSentence.noFrontalImage)
    }
    var outages: [Int: Outage] = [:]
    while !Task.isCancelled {
      let step = try await preparing.held { () async throws(GroundingFailure) in
        if Task.isCancelled { throw .interrupted }
        if retired.isSet { throw .superseded }
        let step = try await prepared(report, &outages)
        // Whoever has to wait for the network keeps others from preparing more than it takes.
        if case .ready = step { await computing.enter() }
        return step
      }
      switch step {
      case .ready(let inputs):
        return try await computing.leaving { () async throws(GroundingFailure) in
          try await result(for: report, inputs)
        }
      case .wait(let wait):
        // Without its place and its images: those of other reports may be there.
        try await rest(wait, for: .fetch)
      }
    }
    throw .interrupted
  }

  /// Another grounder takes the reports that wait, for their turn or for their images.
  public func retire() { retired.set() }

  private func rest(
    _ wait: Duration, for what: ServiceMetrics.Retry
  ) async throws(GroundingFailure) {
    do {
      try await metrics.waiting(for: what) { try await surroundings.wait(wait) }
    } catch {
      throw .interrupted
    }
  }

  /// An image, and what the network sees of it.
  private typealias Input = (image: ImageReference, input: NetworkInput)

  /// Where a report stands before the network sees it.
  private enum Step {
    case ready([Input])
    case wait(Duration)
  }

  /// Since when an image is not to be had, and how often it was asked for.
  private struct Outage {
    let begin = ContinuousClock.now
    var attempts = 0
  }

  private func prepared(
    _ report: ReportEvent, _ outages: inout [Int: Outage]
  ) async throws(GroundingFailure) -> Step {
    var inputs: [Input] = []
    for (index, image) in report.images.enumerated() where image.isFrontal {
      let begin = ContinuousClock.now
      switch await fetcher.fetch(uri: image.uri, sha256: image.sha256) {
      case .bytes(let bytes):
        metrics.observe(.fetch, ContinuousClock.now - begin)
        outages[index] = nil
        inputs.append((image, try await decoded(bytes, index)))
        surroundings.reached(.fetched)
      case .failed(let failure): throw .rejected(Rejection(failure, image: index))
      case .unavailable(let outage, let notBefore):
        if Task.isCancelled { throw .interrupted }
        return .wait(try patience(with: outage, notBefore, index, &outages))
      }
    }
    return .ready(inputs)
  }

  /// How long to wait for an image's server; throws when that was long enough.
  private func patience(
    with outage: ImageOutage, _ notBefore: Duration?, _ index: Int,
    _ outages: inout [Int: Outage]
  ) throws(GroundingFailure) -> Duration {
    var known = outages[index] ?? Outage()
    known.attempts += 1
    outages[index] = known
    metrics.fetchRetried()
    log.warning(
      "image unavailable", ["reason": outage.rawValue, "attempt": known.attempts])
    let decision = settings.retry.decide(
      after: known.attempts, elapsed: ContinuousClock.now - known.begin, notBefore: notBefore,
      random: surroundings.chance())
    guard case .wait(let wait) = decision else {
      throw .rejected(Rejection(outage.afterPatience(attempts: known.attempts), image: index))
    }
    return wait
  }

  private func decoded(
    _ bytes: [UInt8], _ index: Int
  ) async throws(GroundingFailure) -> NetworkInput {
    let begin = ContinuousClock.now
    do throws(ImageError) {
      let input = try await decoders.prepare(bytes)
      metrics.observe(.decode, ContinuousClock.now - begin)
      return input
    } catch {
      throw .rejected(Rejection(error, image: index))
    }
  }

  private func result(
    for report: ReportEvent, _ inputs: [Input]
  ) async throws(GroundingFailure) -> GroundingResult {
    let plan = SentencePlan(
      report.sentences, tokenizer: tokenizer, tokensMax: settings.sentenceTokensMax)
    var outputs: [[QueryOutputs]] = Array(repeating: [], count: plan.sentences.count)
    for start in stride(from: 0, to: plan.asked.count, by: settings.sentencesAtOnceMax) {
      let chunk = plan.asked[start..<min(start + settings.sentencesAtOnceMax, plan.asked.count)]
      let requests = inputs.map { input in
        GroundingRequest(input.input, sentences: chunk.map { plan.tokens[$0] })
      }
      for answer in try await answers(to: requests) {
        for (place, index) in chunk.enumerated() { outputs[index].append(answer[place]) }
      }
    }
    return fused(report, plan, inputs, outputs)
  }

  /// Waits out a lack of memory however long it lasts: that is never the report's fault.
  private func answers(
    to requests: [GroundingRequest]
  ) async throws(GroundingFailure) -> [[QueryOutputs]] {
    var attempt = 0
    while !Task.isCancelled {
      do { return try await worker.outputs(for: requests) } catch {
        if Task.isCancelled { throw .interrupted }
        if let error = error as? ModelError, error.isLossOfDevice {
          // Nothing is noted: whoever starts the process again reads the report again.
          log.error("the device is lost", ["reason": error.description])
          surroundings.lost(error)
          throw .interrupted
        }
        guard let error = error as? ModelError, error.isLackOfMemory else {
          throw .rejected(Rejection(.modelFailed, at: .model, "\(error)"))
        }
        attempt += 1
        metrics.retried(.memory)
        if retired.isSet { throw .superseded }  // the other one's memory is what lacks
        log.warning("no memory for the network", ["reason": error.description, "attempt": attempt])
      }
      let backoff = settings.retry.backoff
      try await rest(
        backoff.wait(after: attempt, random: surroundings.chance()), for: .memory)
    }
    throw .interrupted
  }

  private func fused(
    _ report: ReportEvent, _ plan: SentencePlan, _ inputs: [Input], _ outputs: [[QueryOutputs]]
  ) -> GroundingResult {
    let begin = ContinuousClock.now
    let sentences = plan.grounded(
      outputs, on: inputs.map { ($0.image.imageID, $0.input.letterbox) },
      threshold: identity.threshold, fusionIoU: identity.fusionIoU)
    let scores = outputs.map { outputs in
      outputs.flatMap { CompactScores.encode($0, floor: settings.scoreFloor) }
    }
    metrics.observe(.fuse, ContinuousClock.now - begin)
    let sizes = Dictionary(
      inputs.map { ($0.image.imageID, $0.input.letterbox) }, uniquingKeysWith: { $1 })
    let images = report.images.map { image in
      GroundedImage(image, width: sizes[image.imageID]?.width, height: sizes[image.imageID]?.height)
    }
    return GroundingResult(
      images: images, sentences: sentences, scores: scores,
      scoreTerms: ScoreTerms(floor: settings.scoreFloor, side: side))
  }

  private func skipped(_ report: ReportEvent, because reason: String) -> GroundingResult {
    GroundingResult(
      images: report.images.map { GroundedImage($0, width: nil, height: nil) },
      sentences: report.sentences.map { GroundedSentence($0, status: .skipped, reason: reason) },
      scores: report.sentences.map { _ in [] })
  }
}
