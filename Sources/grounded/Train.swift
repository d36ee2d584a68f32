internal import Evaluation
internal import FoundationEssentials
internal import GroundingModel
internal import JSON
internal import Learning
internal import Synchronization
internal import Tensors
internal import Threads

/// `grounded train`: weights from examples.
struct Train: Command {
  static let name = "train"
  static let summary = "trains a network by a run file"
  static let description = [
    """
    Learns to ground sentences from manifests (JSON lines, one sentence with its image and boxes on each), as \
    the run file says, and judges the network after every epoch on held-out examples as the daemon would \
    ground them. The folder gets best.safetensors (the weights of the best epoch, ready to serve, with a \
    model card in their metadata), state.safetensors, log.jsonl and train.html, which plots losses and metrics.
    """,
    """
    Ctrl-C and SIGTERM stop it after the present step, or after the validation that is going on, with exit \
    status 1. The same command goes on from there, with the same result as if it had not been stopped, where \
    manifests and --threads are the same. All files are written completely or not at all.
    """,
    """
    The run file is one JSON object. “train” and “validate” are lists of {"manifest", "split", "times", "boxes", \
    "sentences_max"} (“boxes” takes only sentences with so many); paths are seen from the run file. “start” names a checkpoint to begin with, \
    and “image” another side of its images; without them “architecture” says the sizes and “tokenizer” a tokenizer.json. “stage” 1 keeps the epoch of the highest \
    mask IoU, stage 2 that of the most phrases with F1 = 1. Further members, with what they are when they \
    are absent: “name”; “seed” 1; “epochs” 15; “patience” 0 (epochs without a better one that end the run); \
    “images” 8 and “sentences” 4 (of a step, and of each of its images); “rate” 1e-5; “warm_up_steps” 0; \
    “cooling” 0 (share of the run in which the rate falls); “decay” 1e-4; “clip” 0.1; “dropout” 0.1; \
    “batch_norm” "frozen" or "batch"; “frozen” (beginnings of parameters' names that do not learn); \
    “confidence_loss” "sum" or "mean"; “threshold” 0.8 and “fusion_iou” 0.1 (of the validation); “licences”; \
    “augmentation” {"scale", "shift", "rotation", "crop", "contrast", "brightness", "gamma", "noise", "visibility"}.
    """,
  ]
  static let options: [Option] = [
    .value("output", "FOLDER", isRequired: true, "Where the run's files are; made if absent."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
  ]
  static let operands = Operands.one("RUN")
  static let examples = [
    Example("grounded train run.json --output run", "Train, or go on:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let file = arguments.operands[0]
    let folder = try OutputFolder(arguments.required("output"))
    // Says now that nothing can be written here, or that another process does.
    let lock = try AppendedFile(folder.path("run.lock"))
    var reader = try LineReader(path: file)
    let bytes = try reader.rest()
    let plan = try TrainingPlan(json: JSON(parsing: bytes))
    let stop = StopRequest()
    let signals = Signals.arrivals()
    let listener = Task { for await signal in signals where signal != .hangUp { stop.make() } }
    defer { listener.cancel() }
    let trainer = Trainer()
    let isDone = try await trainer.train(
      plan, identity: String(decoding: bytes, as: UTF8.self),
      home: URL(filePath: file).deletingLastPathComponent().path, folder: folder.path("."),
      threads: arguments.threads, until: stop, on: console)
    _ = consume lock  // until here, nobody else was to write
    return isDone ? .done : .failed
  }

  /// A line for an epoch; nil within one.
  fileprivate static func summary(of progress: TrainingRun.Progress) -> String? {
    guard let metrics = progress.metrics else { return nil }
    func percent(_ value: Double?) -> String { value.map { tenths($0) } ?? "–" }
    return "epoch \(progress.epoch): loss \(tenths(progress.loss))"
      + ", N-Acc \(percent(metrics.no.noAccuracy)), P@F1=1 \(percent(metrics.overall.correct))"
      + " (single \(percent(metrics.single.correct)), multi \(percent(metrics.multi.correct)))"
      + ", CH-F1 \(percent(metrics.overall.centreHits))"
      + ", mask IoU \(percent(metrics.overall.meanMaskIoU))" + (progress.isBest ? " *" : "")
  }

  private static func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

/// Trains on a thread of its own: it computes for hours.
private actor Trainer {
  private let thread = DedicatedThread(name: "training")

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// True when the plan is done; false when it was stopped before.
  func train(
    _ plan: TrainingPlan, identity: String, home: String, folder: String, threads: Int,
    until stop: StopRequest, on console: Console
  ) throws -> Bool {
    console.line("reading examples …")
    let run = try TrainingSetup(plan, home: home).run(
      identity: identity, folder: folder, threads: threads)
    console.line(
      "\(plan.name): \(run.stepsPerEpoch) steps an epoch, \(plan.epochs) epochs"
        + (run.state.step > 0 ? ", going on after step \(run.state.step)" : ""))
    let meter = ProgressMeter(console)
    let isDone = try run.go { progress in
      meter.show(done: Int64(progress.step), of: Int64(progress.steps), unit: "steps")
      if let line = Train.summary(of: progress) {
        meter.end()
        console.line(line)
      }
      return !stop.isMade
    }
    meter.end()
    console.line(
      isDone
        ? "done: \(run.bestPath)" : "stopped after step \(run.state.step); run it again to go on")
    return isDone
  }
}

/// A wish that work ends, made by a signal and seen by a thread that computes.
private final class StopRequest: Sendable {
  private let state = Mutex(false)

  var isMade: Bool { state.withLock { $0 } }

  func make() { state.withLock { $0 = true } }
}
