internal import Datasets
internal import FoundationEssentials
internal import Images
internal import Phantoms

/// `grounded phantom`: a data set of drawn radiographs.
struct Phantom: Command {
  static let name = "phantom"
  static let summary = "draws chest radiographs with sentences and boxes to learn from"
  static let description = [
    """
    Writes FOLDER/images/*.png, grey with 16 bits, and the manifests FOLDER/train.jsonl, val.jsonl \
    and test.jsonl. A made-up patient has one to three films, all in one split. The same seed, side \
    and stage give the same files; more images leave the first ones as they are.
    """,
    """
    Stage 2 boxes the findings as they are drawn. Stage 1 boxes regions of the anatomy for the same \
    kind of sentences, roughly and with errors, as labels are that a machine takes from reports.
    """,
    "These are no patients: a network that has learnt from them alone has seen no radiograph.",
  ]
  static let options: [Option] = [
    .value("output", "FOLDER", "Where the data set is written; made if it is not there."),
    .value("images", "N", "Films (default 1000)."),
    .value("stage", "1|2", "1 for regions, 2 for findings (default 2)."),
    .value("seed", "N", "Another number gives other patients (default 1)."),
    .value("side", "N", "The longer side of the films in pixels, 64 to 4096 (default 512)."),
    .value(
      "split-shares", "T,V",
      "Shares of the patients for training and validation; the rest is for testing (default 0.8,0.1)."
    ),
    .value("threads", "N", "Films drawn at a time (default: one for each core)."),
    .value(
      "contact-sheet", "FILE",
      "Draws a film for each kind of finding, with its boxes, on one PNG picture."),
  ]
  static let examples = [
    Example("grounded phantom --contact-sheet sheet.png --seed 7", "What the films look like:"),
    Example("grounded phantom --output phantom --images 4000", "Findings to learn:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    var options = PhantomDataset.Options()
    options.seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
    options.side = try arguments.integer("side", in: 64...4_096) ?? 512
    options.stage =
      try arguments.integer("stage", in: 1...2).flatMap { .init(rawValue: $0) } ?? .findings
    (options.trainShare, options.validationShare) = try shares(arguments) ?? (0.8, 0.1)
    let images = try arguments.integer("images", in: 1...10_000_000) ?? 1_000
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let threads = try arguments.integer("threads", in: 1...1_024) ?? cores
    if let sheet = arguments.value("contact-sheet") {
      let file = try OutputFile(sheet)
      let side = arguments.has("side") ? options.side : 380
      try file.write(PNG.encode(ContactSheet(seed: options.seed, side: side).picture))
      guard arguments.has("output") else { return .done }
    }
    let folder = try OutputFolder(arguments.required("output"))
    let dataset = PhantomDataset(images: images, options: options)
    let writer = PhantomWriter(dataset: dataset, folder: folder, threads: threads)
    let begin = ContinuousClock.now
    let entries = try await writer.write(showing: ProgressMeter(console))
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let rate = Int((Double(images) / seconds).rounded())
    console.line("\(images) films, \(rate) a second; \(BoxShares(entries))")
    return .done
  }

  private static func shares(_ arguments: Arguments) throws(UsageError) -> (Float, Float)? {
    guard let text = arguments.value("split-shares") else { return nil }
    let shares = text.split(separator: ",").compactMap { Float($0) }
    guard shares.count == 2, shares.allSatisfy({ $0 >= 0 }), shares[0] + shares[1] <= 1 else {
      throw .invalid(
        option: "split-shares", value: text, allowed: "two shares of at most 1 together: 0.8,0.1")
    }
    return (shares[0], shares[1])
  }
}
