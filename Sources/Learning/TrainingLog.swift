internal import Evaluation
internal import FoundationEssentials
internal import JSON

/// A line of JSON for every epoch of a run, and a page that plots them.
struct TrainingLog {
  private let folder: String
  private var lines: [JSON] = []

  init(folder: String) { self.folder = folder }

  private var path: String { folder + "/log.jsonl" }

  /// Reads what was logged up to a step; later lines are of work that is done again.
  mutating func resume(at step: Int) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do {
      lines = try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n"))
        .map { try JSON(parsing: Array($0)) }
    } catch {
      throw TrainingError.otherRun(path: path, reason: "it cannot be read (\(error))")
    }
    lines = lines.filter { ($0["step"]?.integer ?? 0) <= Int64(step) }
  }

  mutating func add(_ progress: TrainingRun.Progress) throws {
    lines.append([
      "step": .integer(Int64(progress.step)), "epoch": .integer(Int64(progress.epoch)),
      "loss": .number(progress.loss), "confidence": .number(progress.terms.confidence),
      "distance": .number(progress.terms.distance), "overlap": .number(progress.terms.overlap),
      "gradient_norm": .number(progress.gradientNorm), "rate": .number(Double(progress.rate)),
      "best": .boolean(progress.isBest), "validation": progress.metrics?.json ?? .null,
    ])
    let text = lines.map { $0.text + "\n" }.joined()
    try write(text, to: path)
    try write(TrainingPage(lines).html, to: folder + "/train.html")
  }

  private func write(_ text: String, to path: String) throws(TrainingError) {
    do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
      throw .cannotWrite(path: path)
    }
  }
}
