internal import Datasets
internal import FoundationEssentials
internal import Phantoms

/// `grounded phantom films`: sentences for films on which lungs are drawn.
struct PhantomFilms: Command {
  static let name = "phantom films"
  static let summary = "makes up sentences for films with drawn lungs"
  static let description = [
    """
    Reads a table of radiographs with a box around each lung (columns file, width, height, view, \
    patient, right_lung, left_lung; boxes are fractions of the picture) and writes a manifest: \
    sentences in many wordings whose boxes follow from the lungs', and sentences without a box.
    """,
    """
    Zones are the thirds of a lung's box; angles, apices, hila, heart and mediastinum are \
    approximations. What a sentence says about disease is made up: only the places hold. The same \
    table, seed and number give the same manifest.
    """,
  ]
  static let options: [Option] = [
    .value("csv", "FILE", isRequired: true, "The table; its files are relative to its folder."),
    .value(
      "output", "FOLDER", isRequired: true,
      "Where SPLIT.jsonl is written; made if it is not there."),
    .value("split", "SPLIT", "train, val or test (default train)."),
    .value("sentences", "N", "Sentences for each film (default 24)."),
    .value("seed", "N", "Another number gives other sentences (default 1)."),
  ]
  static let examples = [
    Example(
      "grounded phantom films --csv lungs/train.csv --output films", "To learn regions from:"),
    Example(
      "grounded phantom films --csv lungs/validation.csv --output films --split test",
      "To evaluate on:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let table = URL(filePath: try arguments.required("csv"))
    let folder = try OutputFolder(arguments.required("output"))
    var options = FilmManifest.Options()
    options.seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
    options.sentences = try arguments.integer("sentences", in: 1...10_000) ?? 24
    let splits = ManifestEntry.Split.allCases.map { $0.rawValue }
    options.split =
      try arguments.choice("split", of: splits).flatMap { .init(rawValue: $0) } ?? .train
    options.imageFolder = table.deletingLastPathComponent().standardizedFileURL.path
    if options.imageFolder.hasSuffix("/") { options.imageFolder.removeLast() }
    options.dataset = table.deletingPathExtension().lastPathComponent
    let films = try Film.read(csv: table.path)
    let manifest = FilmManifest(films, options: options)
    let file = try OutputFile(folder.path("\(options.split.rawValue).jsonl"))
    try file.write(Manifest.bytes(manifest.entries))
    console.line("\(films.count) films, \(BoxShares(manifest.entries)): \(file.path)")
    return .done
  }
}
