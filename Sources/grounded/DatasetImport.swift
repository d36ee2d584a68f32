internal import Datasets
internal import FoundationEssentials

/// A command that makes a manifest of a file as its publisher ships it.
protocol DatasetImport: Command {
  /// - Parameter path: the operand.
  static func read(
    _ path: String, _ arguments: Arguments, _ choices: PublishedChoices
  ) throws -> PublishedDataset
}

extension DatasetImport {
  static var operands: Operands { .one("FILE") }

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    for option in options where option.isRequired { _ = try arguments.required(option.name) }
    let output = try OutputFile(arguments.required("output"))
    let tables = options.filter { ["sizes", "table"].contains($0.name) }
    try output.check(
      apartFrom: arguments.operands + tables.compactMap { arguments.value($0.name) })
    let format = try DatasetOptions.format(arguments)
    let choices = try DatasetOptions.choices(arguments, of: options, output: output)
    let dataset = try read(arguments.operands[0], arguments, choices)
    try output.write(Manifest.bytes(dataset.entries))
    for error in dataset.skipped.prefix(DatasetOptions.complaintsMax) {
      console.complain("left out: \(error)")
    }
    if dataset.skipped.count > DatasetOptions.complaintsMax {
      console.complain("left out: \(dataset.skipped.count) annotations in all")
    }
    if dataset.repeatedBoxes > 0 {
      console.complain("\(dataset.repeatedBoxes) boxes stand twice in their phrase; taken once")
    }
    let counts = DatasetCounts(dataset.entries)
    console.write(counts.table(titled: "Phrases of \(output.path)").text(format))
    return .done
  }
}

/// What the commands have in common that make or check manifests.
enum DatasetOptions {
  /// Lines about single annotations; what is more is counted.
  static let complaintsMax = 20

  /// For files that name each image's split and size.
  static let common: [Option] = [
    .value("output", "FILE", isRequired: true, "Where the manifest is written."),
    .value(
      "images", "FOLDER",
      """
      The folder that published paths start from. The manifest then names images so that they are \
      found from where it stands: as published if it stands in FOLDER, else with FOLDER's full path.
      """),
    .value(
      "extension", "EXT",
      "What images' names end with instead of what is published: png after a conversion to PNG."),
    .flag(
      "skip-bad",
      """
      Leaves out annotations that cannot be right, with their whole phrase (with all of their \
      image where they do not tell the phrase), and says which on standard error. Without, the \
      first one ends the work.
      """),
    tableFormat,
  ]

  static let tableFormat = Option.value(
    "format", "F", "How the table is written: table (default), markdown or latex.")

  /// For files that name no split.
  static let split = Option.value(
    "split", "SPLIT", isRequired: true, "What all phrases are for: train, val or test.")

  /// For files that tell no sizes.
  static let sizes = Option.value(
    "sizes", "CSV",
    """
    The images' sizes: columns image, width and height; a name may lack its extension. What is not \
    in it is read from the PNG or JPEG files in --images.
    """)

  /// What the command line says of how files are read.
  ///
  /// - Parameter options: what the command declares.
  static func choices(
    _ arguments: Arguments, of options: [Option], output: OutputFile
  ) throws -> PublishedChoices {
    let declared = options.map { $0.name }
    var choices = PublishedChoices()
    if declared.contains("split") { choices.split = try split(arguments) }
    choices.skipsUnfit = arguments.has("skip-bad")
    choices.imageExtension = arguments.value("extension").map { word in
      String(word.drop { $0 == "." })
    }
    let folder = arguments.value("images").map { fullPath($0) }
    if let folder, folder != fullPath(URL(filePath: output.path).deletingLastPathComponent().path) {
      choices.imagePrefix = folder.hasSuffix("/") ? folder : folder + "/"
    }
    guard declared.contains("sizes") else { return choices }
    let table = try arguments.value("sizes").map { path in try ImageSizes(path: path) }
    let images = folder.map { ImageFolder($0) }
    choices.size = { name, published throws(DatasetError) in
      if let size = table?[name] ?? table?[published] { return size }
      return try images?.size(of: name)
    }
    return choices
  }

  static func format(_ arguments: Arguments) throws(UsageError) -> TextTable.Format {
    let words = TextTable.Format.allCases.map { $0.rawValue }
    let word = try arguments.choice("format", of: words)
    return word.flatMap { TextTable.Format(rawValue: $0) } ?? .table
  }

  private static func split(_ arguments: Arguments) throws(UsageError) -> ManifestEntry.Split? {
    let words = ManifestEntry.Split.allCases.map { $0.rawValue }
    return try arguments.choice("split", of: words).flatMap { .init(rawValue: $0) }
  }

  private static func fullPath(_ path: String) -> String {
    let path = URL(filePath: path).absoluteURL.standardizedFileURL.path
    return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }
}
