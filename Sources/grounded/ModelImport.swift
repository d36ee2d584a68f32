internal import GroundingModel
internal import JSON

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
    dropped and listed. Names that are missing are an error; with --seed, the two layers that other \
    projects do not have are drawn where no file has them: `confidence_embed` and \
    `transformer.resizer`. A checkpoint of which anything was drawn says “untrained” in its metadata.
    """,
    """
    The configuration is the one that a file states in its metadata (“config”), or the full-size \
    network's where all shapes are. For anything else, --config states it.
    """,
  ]
  static let options: [Option] = [
    .value("output", "FILE", isRequired: true, "The checkpoint to write."),
    .value(
      "config", "FILE", "The network's configuration: the JSON under “config” in model inspect."),
    .value(
      "alias", "FROM=TO", repeats: true, "Takes a tensor under another name. May be repeated."),
    .value("seed", "N", "Draws the confidence head and the resizer where no file has them."),
    .flag(
      "reinitialize-resizer",
      "Draws the text resizer from --seed in any case: MDETR's was learnt for RoBERTa."),
    .value("metadata", "NAME=TEXT", repeats: true, "Adds to the metadata. May be repeated."), .json,
  ]
  static let operands = Operands.several("FILE")
  static let examples = [
    Example(
      "grounded model import mdetr.pth modernbert.safetensors --seed 1 --output start.safetensors",
      "Where fine-tuning begins:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let output = try arguments.required("output")
    let options = try options(from: arguments)
    let sources = try arguments.operands.map { try WeightsFile.open($0) }
    let summary = try CheckpointImport.run(sources, options: options, to: output)
    guard arguments.has("json") else {
      console.line(summary.text)
      return .done
    }
    let answer: JSON = [
      "taken": .array(summary.taken.map { .string($0) }),
      "initialized": .array(summary.initialized.map { .string($0) }),
      "dropped": .array(summary.dropped.map { .string($0) }),
    ]
    console.line(answer.text)
    return .done
  }

  private static func options(from arguments: Arguments) throws -> CheckpointImport.Options {
    var options = CheckpointImport.Options()
    for alias in try pairs("alias", arguments) { options.aliases[alias.0] = alias.1 }
    options.metadata = try pairs("metadata", arguments)
    if let ours = options.metadata.first(where: { $0.0 == "config" }) {
      throw UsageError.invalid(
        option: "metadata", value: "config=" + ours.1, allowed: "a name of yours; see --config")
    }
    options.reinitializesResizer = arguments.has("reinitialize-resizer")
    options.seed = try arguments.integer("seed", in: 0...Int.max).map { UInt64($0) }
    guard !options.reinitializesResizer || options.seed != nil else {
      throw UsageError.missingOption("seed")
    }
    options.configuration = try configuration(arguments)
    return options
  }

  private static func configuration(_ arguments: Arguments) throws -> ModelConfiguration? {
    guard let file = arguments.value("config") else { return nil }
    var reader = try LineReader(path: file, lineBytesMax: 64 << 10)
    let text = String(decoding: try reader.rest(), as: UTF8.self)
    do { return try ModelConfiguration(json: text) } catch {
      guard case .badConfiguration(let reason) = error else { throw error }
      throw UsageError.invalid(
        option: "config", value: file, allowed: "a network's configuration: \(reason)")
    }
  }

  /// The pairs of an option; no two have the same name.
  private static func pairs(
    _ option: String, _ arguments: Arguments
  ) throws(UsageError) -> [(String, String)] {
    var pairs: [(String, String)] = []
    for text in arguments.values(option) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw .invalid(option: option, value: text, allowed: "two names with = between them")
      }
      let name = String(parts[0])
      guard !pairs.contains(where: { $0.0 == name }) else { throw .repeated("\(option) \(name)=") }
      pairs.append((name, String(parts[1])))
    }
    return pairs
  }
}
