internal import FoundationEssentials
internal import GroundingModel

/// `grounded model inspect`: what a checkpoint is.
struct ModelInspect: Command {
  static let name = "model inspect"
  static let summary = "says what a checkpoint is"
  static let description = [
    """
    Shows the architecture, the number of parameters, the kinds of numbers, the SHA-256 and the \
    metadata of a safetensors file, and whether the network can be made of it: whether it states its \
    configuration, whether its names and shapes are that network's, and whether all numbers are \
    finite. Where it cannot, all is shown nevertheless, standard error says why, and the exit status is 1.
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
    if let problem = inspection.problem { throw problem }
    return .done
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
    .value("weights", "FILE", isRequired: true, "The checkpoint."),
    .value("input", "FILE", isRequired: true, "The tensors to read."),
    .value("output", "FILE", isRequired: true, "The tensors to write."),
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
