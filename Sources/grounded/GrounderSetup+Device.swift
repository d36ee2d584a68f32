internal import CUDA
internal import FoundationEssentials
internal import GroundingModel
internal import GroundingService
internal import Journal
internal import Tensors

extension GrounderSetup {
  /// The network on a GPU; nil where the CPU is to compute. The log says why, if a GPU was looked for.
  ///
  /// - Throws: what is missing, where a GPU is asked for by its number, or computes already.
  func deviceGrounder(
    of checkpoint: Checkpoint, metrics: ServiceMetrics, log: Log
  ) throws -> DeviceGrounder? {
    let wish = DeviceName(configuration.text("grounder.device")) ?? present
    if wish == .cpu { return nil }
    let ordinal: Int? = if case .gpu(let number) = wish { number } else { nil }
    do throws(ModelError) {
      let grounder = try made(of: checkpoint, ordinal: ordinal ?? 0, log: log)
      try grounder.prove(threads: threads)
      // A film of one plane, as most are, with a report of eight sentences.
      try grounder.prepare([
        PlanSize(images: 1, sentences: 8, tokens: 24, rows: 128, samplePlanes: 1)
      ])
      if let device = grounder.device {
        metrics.watch(DeviceMonitor(device), of: grounder.deviceName)
      }
      metrics.used(
        device: grounder.deviceName, bytes: grounder.deviceBytes, restarts: grounder.restarts)
      log.info("the network is on the device", ["bytes": grounder.deviceBytes])
      return grounder
    } catch {
      guard error.isForAnotherBackend else { throw error }
      if ordinal != nil { throw error.wantsPerson ? unusable("grounder.device", error) : error }
      log.write(
        error.isForLackOfGPU ? .info : .warning, "the CPU computes, as no GPU can",
        ["reason": error.description])
      return nil
    }
  }

  private func made(
    of checkpoint: Checkpoint, ordinal: Int, log: Log
  ) throws(ModelError) -> DeviceGrounder {
    guard let factors = factors else {
      throw .tensors(.shape("int8 is for the CPU; a GPU computes in f32, bf16 or f16"))
    }
    let search = LibrarySearch(
      folder: configuration.path("grounder.cuda_folder"),
      environment: ProcessInfo.processInfo.environment)
    let sizes: ModelConfiguration
    let libraries: CUDALibraries
    do throws(CUDAError) { libraries = try CUDALibraries(search.opener) } catch {
      throw .device(error)
    }
    do throws(CheckpointError) { sizes = try checkpoint.configuration } catch {
      throw .checkpoint(error)
    }
    log.info(
      "CUDA is here",
      ["versions": libraries.versions, "files": libraries.paths.joined(separator: " ")])
    let folder = configuration.path("model.packed_folder")
    let kernels = KernelCompiler(libraries, cacheFolder: folder)
    if let folder, !kernels.kept.canKeep {
      log.warning(
        "kernels are compiled at every start, as none can be kept", ["folder": folder])
    }
    let grounder = try DeviceGrounder(
      checkpoint, sizes, factors: factors, kernels: kernels,
      imagesMax: role == .live ? configuration.integer("model.batch_reports_max") : 1
    ) { () throws(CUDAError) in try CUDADevice(libraries, ordinal: ordinal) }
    if let device = grounder.device {
      log.info(
        "a GPU computes",
        [
          "device": grounder.deviceName, "name": device.name,
          "architecture": device.architecture,
        ])
    }
    return grounder
  }

  /// What `grounder.precision` comes to on a GPU; nil for what only the CPU has. `auto` is bf16: of 2,070 sentences
  /// it gave 3 other regions than f32 does, with the built-in network, and is several times faster.
  private var factors: FactorKind? {
    switch configuration.text("grounder.precision") {
    case "int8": nil
    case "f32": .f32
    case "f16": .f16
    default: .bf16
    }
  }
}

extension ModelError {
  /// True when the checkpoint may well run elsewhere.
  fileprivate var isForAnotherBackend: Bool {
    switch self {
    case .device, .tensors: true
    case .checkpoint, .badRequest: false
    }
  }

  /// True when the next start fails the same, unless somebody does something.
  fileprivate var wantsPerson: Bool {
    if case .device(let error) = self { error.wantsPerson } else { !isLackOfMemory }
  }

  fileprivate var isForLackOfGPU: Bool {
    if case .device(let error) = self { error.isForLackOfGPU } else { false }
  }
}
