internal import FoundationEssentials
internal import GroundingModel
internal import JSON

/// `grounded model inspect`: what a checkpoint is.
struct ModelInspect: Command {
  static let name = "model inspect"
  static let summary = "says what a checkpoint is"
  static let description = [
    """
    Shows the architecture, the number of parameters, the kinds of numbers, the SHA-256 and the \
    metadata of a safetensors file. A file that does not fit its own configuration is shown with every \
    missing, unexpected and misshapen name, and the exit status is 1.
    """
  ]
  static let options: [Option] = [.json]
  static let operands = Operands.one("WEIGHTS")
  static let examples = [
    Example("grounded model inspect weights.safetensors", "Before it is put into service:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let inspection = try ModelInspection(Checkpoint(path: arguments.operands[0]))
    console.line(arguments.has("json") ? inspection.json : inspection.text)
    return inspection.misfit?.isEmpty == true && inspection.notFinite.isEmpty ? .done : .failed
  }
}

/// `grounded model run`: tensors in, tensors out.
struct ModelRunCommand: Command {
  static let name = "model run"
  static let summary = "runs the network on raw tensors"
  static let description = [
    """
    Reads a safetensors file with `pixels` [1 or B, 3, H, W] (f32), `ids` and `mask` [B, T] (int64), \
    and optionally `pixel_mask` [1 or B, H, W] (true on padding); writes one with `box` [B, Q, 4] \
    (centre x, centre y, width, height as fractions) and `conf` [B, Q] (logits).
    """
  ]
  static let options: [Option] = [
    .value("weights", "FILE", "The checkpoint."), .value("input", "FILE", "The tensors to read."),
    .value("output", "FILE", "The tensors to write."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
  ]
  static let examples = [
    Example("grounded model run --weights w.safetensors --input i --output o", "One run:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    try ModelRun.run(
      weights: arguments.required("weights"), input: arguments.required("input"),
      output: arguments.required("output"),
      threads: arguments.integer("threads", in: 1...1_024)
        ?? ProcessInfo.processInfo.activeProcessorCount)
    return .done
  }
}

/// `grounded model import`: other projects' checkpoints as ours.
struct ModelImport: Command {
  static let name = "model import"
  static let summary = "makes a checkpoint of MDETR's and Hugging Face's weights"
  static let description = [
    """
    Takes tensors by MDETR's and Hugging Face's names from one or several files, the later ones over \
    the earlier ones, and writes a checkpoint of the network's own names. Files are safetensors or \
    PyTorch's zip format (.pt, .pth, .bin), of which only tensors are read and nothing is executed.
    """,
    """
    `class_embed` [1, d] is taken for the confidence head. Names that the network does not have are \
    dropped and listed. Names that are missing are an error, unless --seed lets them be drawn anew.
    """,
  ]
  static let options: [Option] = [
    .value("output", "FILE", "The checkpoint to write."),
    .value(
      "alias", "FROM=TO", repeats: true, "Takes a tensor under another name. May be repeated."),
    .value("seed", "N", "Draws missing tensors from this seed instead of refusing."),
    .flag("reinitialize-resizer", "Draws the text resizer anew: MDETR's was learnt for RoBERTa."),
    .value("metadata", "NAME=TEXT", repeats: true, "Adds to the metadata. May be repeated."), .json,
  ]
  static let operands = Operands.several("FILE")
  static let examples = [
    Example(
      "grounded model import mdetr.pth modernbert.safetensors --seed 1 --output start.safetensors",
      "Where fine-tuning begins:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    var options = CheckpointImport.Options()
    for alias in try pairs("alias", arguments) { options.aliases[alias.0] = alias.1 }
    options.reinitializesResizer = arguments.has("reinitialize-resizer")
    options.seed = try arguments.integer("seed", in: 0...Int.max).map { UInt64($0) }
    options.metadata = try pairs("metadata", arguments)
    let sources = try arguments.operands.map { try WeightsFile.open($0) }
    let summary = try CheckpointImport.run(
      sources, options: options, to: arguments.required("output"))
    if arguments.has("json") {
      let answer: JSON = [
        "taken": .array(summary.taken.map { .string($0) }),
        "initialized": .array(summary.initialized.map { .string($0) }),
        "dropped": .array(summary.dropped.map { .string($0) }),
      ]
      console.line(answer.text)
      return .done
    }
    console.line("\(summary.taken.count) tensors taken")
    for name in summary.initialized { console.line("drawn anew: \(name)") }
    for name in summary.dropped { console.line("dropped: \(name)") }
    return .done
  }

  private static func pairs(
    _ option: String, _ arguments: Arguments
  ) throws(UsageError) -> [(String, String)] {
    var pairs: [(String, String)] = []
    for text in arguments.values(option) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw .invalid(option: option, value: text, allowed: "two names with = between them")
      }
      pairs.append((String(parts[0]), String(parts[1])))
    }
    return pairs
  }
}
