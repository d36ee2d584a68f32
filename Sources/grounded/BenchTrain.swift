internal import JSON
internal import Learning

/// `grounded bench train`: the speed of a step of training.
struct BenchTrain: Command {
  static let name = "bench train"
  static let summary = "measures a step of training"
  static let description = [
    """
    Trains a network of the built-in one's sizes, batch norms included, on images and sentences that are \
    drawn from a seed, and shows medians in milliseconds: forward with matching and losses of all decoder \
    layers, backward, and the optimizer with its bound on the gradients' norm.
    """
  ]
  static let options: [Option] = [
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
    .value("steps", "N", "Steps to measure (default 20)."),
    .value("images", "N", "Images of a step (default 8)."),
    .value("sentences", "N", "Sentences of each image (default 4)."), .json,
  ]
  static let examples = [Example("grounded bench train --threads 1 --json", "For a script:")]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let answer = try TrainingBenchmark(
      TrainingBenchmark.architecture, images: arguments.integer("images", in: 1...256) ?? 8,
      sentences: arguments.integer("sentences", in: 1...64) ?? 4,
      steps: arguments.integer("steps", in: 1...10_000) ?? 20,
      threads: arguments.threads
    ).json
    if arguments.has("json") {
      console.line(answer.text)
    } else {
      for member in answer.members ?? [] { console.line("\(member.name): \(member.value.text)") }
    }
    return .done
  }
}
