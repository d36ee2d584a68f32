internal import Fetching
internal import FoundationEssentials
internal import GroundingModel
internal import GroundingService
internal import Images
internal import Journal
internal import Reports
internal import Tensors

/// The grounder that the configuration describes, or the shadow beside it.
struct GrounderSetup {
  /// Which of the two.
  enum Role: Hashable, Sendable { case live, shadow }

  let configuration: Configuration
  let role: Role
  /// The GPU of the grounder that works, whose place the one described here takes: nothing but a person moves live
  /// work from it to the CPU. Nil where there is none.
  let present: DeviceName?

  init(
    _ configuration: Configuration, as role: Role = .live,
    after present: GrounderIdentity? = nil
  ) {
    self.configuration = configuration
    self.role = role
    self.present = present.flatMap { DeviceName($0.device) }.flatMap { $0 == .cpu ? nil : $0 }
  }

  /// The key that decides: that of the shadow where it is set.
  private func key(_ part: String) -> String {
    let own = "shadow." + part
    return role == .shadow && configuration.isSet(own) ? own : "grounder." + part
  }

  /// The key of the checkpoint.
  var weightsKey: String { key("weights") }

  /// The key of the tokenizer: it goes with the weights.
  var tokenizerKey: String {
    weightsKey == "shadow.weights" ? "shadow.tokenizer" : key("tokenizer")
  }

  /// Loads the network and puts together what feeds it. Files that do not fit are a wrong configuration.
  func makeGrounder(
    surroundings: Surroundings, metrics: ServiceMetrics, log: Log
  ) async throws -> ImageGrounder {
    do {
      return try await grounder(surroundings: surroundings, metrics: metrics, log: log)
    } catch let error as CheckpointError {
      throw unusable(weightsKey, error)
    } catch ModelError.checkpoint(let error) {
      throw unusable(weightsKey, error)
    } catch let error as TokenizerError {
      throw unusable(tokenizerKey, error)
    }
  }

  func unusable(_ name: String, _ error: any Error) -> ConfigurationError {
    .unusable(name: name, origin: configuration[name].origin, reason: "\(error)")
  }

  private func grounder(
    surroundings: Surroundings, metrics: ServiceMetrics, log: Log
  ) async throws -> ImageGrounder {
    let checkpoint = try checkpoint()
    async let tokenizer = tokenizer(for: checkpoint)
    let (network, sha256) = try await network(of: checkpoint, metrics: metrics, log: log)
    return ImageGrounder(
      identity: try identity(of: checkpoint, sha256: sha256, on: network), network: network,
      side: try checkpoint.configuration.side, tokenizer: try await tokenizer,
      fetcher: try fetcher(surroundings), settings: settings(for: network),
      surroundings: surroundings,
      metrics: metrics,
      log: log)
  }

  /// The network, and the digest of its weights.
  private func network(
    of checkpoint: Checkpoint, metrics: ServiceMetrics, log: Log
  ) async throws -> (network: any RequestGrounder, sha256: String) {
    // The digest reads all of the file again: beside the packing of the weights, on another core.
    async let digest = checkpoint.sha256()
    if let network = try deviceGrounder(of: checkpoint, metrics: metrics, log: log) {
      return (network, try await digest)
    }
    let precision = try precision(for: checkpoint)
    func network(_ packed: PackedWeights?) throws -> MedGrounder {
      try MedGrounder(
        checkpoint, threads: threads, precision: precision, packed: packed,
        textBytesMax: configuration.size("model.text_cache_bytes"))
    }
    // The built-in network is another file at each start, and small.
    guard let folder = configuration.path("model.packed_folder"),
      configuration.path(weightsKey) != nil
    else { return (try network(nil), try await digest) }
    let shelf = PackedShelf(folder, for: checkpoint, precision: precision)
    var (packed, origin) = shelf.find()
    var made = try network(packed)
    let sha256 = try await digest
    if let origin, origin != sha256 {
      // Other weights under the same name, size and time.
      packed = PackedWeights()
      made = try network(packed)
    }
    if packed.made > 0 {
      let keeper = PackedKeeper(shelf)
      let blocks = packed.blocks
      Task { await keeper.keep(blocks, of: sha256, log: log) }
    }
    return (made, sha256)
  }

  var threads: Int {
    let configured = configuration.integer("grounder.threads")
    return configured > 0 ? configured : ProcessInfo.processInfo.activeProcessorCount
  }

  /// What `grounder.precision` comes to.
  func precision(for checkpoint: Checkpoint) throws -> Precision {
    let word = configuration.text("grounder.precision")
    guard word != "f16" else {
      throw ConfigurationError.unusable(
        name: "grounder.precision", origin: configuration["grounder.precision"].origin,
        reason: "half floats are for GPUs, and the CPU computes")
    }
    let precision =
      Precision(rawValue: word) ?? BackboneRanges.automaticPrecision(for: checkpoint)
    guard CPU.supports(precision) else {
      throw unusable("grounder.precision", TensorError.unsupported(precision))
    }
    return precision
  }

  private func settings(for network: any RequestGrounder) -> ImageGrounder.Settings {
    var settings = ImageGrounder.Settings()
    let concurrency = configuration.integer("images.concurrency")
    let batch = configuration.integer("model.batch_reports_max") * network.batchesAtOnce
    settings.batchImagesMax = batch
    settings.decoderThreads = min(concurrency, ProcessInfo.processInfo.activeProcessorCount)
    // While as many as may be are fetched, no decoder is to be idle.
    settings.preparedAtOnceMax = role == .live ? concurrency + settings.decoderThreads : 1
    settings.computedAtOnceMax = role == .live ? 2 * batch : 1
    settings.batchWait = configuration.duration("model.batch_wait")
    settings.imageLimits.pixelsMax = configuration.integer("images.pixels_max")
    settings.scoreFloor = Float(configuration.number("ledger.score_floor"))
    settings.retry.patience = configuration.duration("images.patience")
    return settings
  }

  /// The configured checkpoint, or the built-in network.
  func checkpoint() throws -> Checkpoint {
    guard let path = configuration.path(weightsKey) else {
      return try BuiltInNetwork.checkpoint()
    }
    return try Checkpoint(path: path)
  }

  /// The tokenizer that is configured, or that the weights carry: it has to fit them.
  func tokenizer(for checkpoint: Checkpoint) throws -> Tokenizer {
    let file = configuration.path(tokenizerKey)
    let tokenizer =
      try file.map { try Tokenizer(file: URL(filePath: $0)) }
      ?? Tokenizer(of: checkpoint)
    guard let tokenizer else { throw ConfigurationError.missing(name: tokenizerKey) }
    try tokenizer.check(against: checkpoint.configuration)
    return tokenizer
  }

  /// - sha256: of the checkpoint; network: that runs it.
  func identity(
    of checkpoint: Checkpoint, sha256: String, on network: any RequestGrounder
  ) throws -> GrounderIdentity {
    let isUntrained = checkpoint.metadata["untrained"] != nil
    return GrounderIdentity(
      name: configuration.text(key("name")),
      version: isUntrained ? GrounderIdentity.untrained : configuration.text(key("version")),
      architecture: try checkpoint.configuration.architecture,
      weightsSHA256: sha256,
      threshold: Float(configuration.number(key("threshold"))),
      fusionIoU: Float(configuration.number(key("fusion_iou"))),
      precision: network.precisionName, device: network.deviceName)
  }

  private func fetcher(_ surroundings: Surroundings) throws -> ImageFetcher {
    var settings = ImageFetcherSettings()
    settings.limits.bytesMax = configuration.size("images.bytes_max")
    settings.limits.total = configuration.duration("images.timeout")
    settings.workers = configuration.integer("images.concurrency")
    settings.authorityFile = configuration.path("images.ca_file")
    settings.credentialsFolder = configuration.path("images.credentials_folder")
    return ImageFetcher(
      try SourcePolicy(parsing: configuration.list("images.allow")), settings: settings,
      resolve: { host throws(FetchError) in try Resolver.addresses(of: host) },
      now: surroundings.now)
  }
}

extension GrounderIdentity {
  /// The version of a network whose weights are random: its boxes mean nothing.
  static let untrained = "untrained"

  var isUntrained: Bool { version == Self.untrained }
}
