internal import Datasets
internal import FoundationEssentials
internal import Glibc
internal import Reports

/// What `grounded curate` was told to do.
struct CurateChoices {
  let inputs: [CurateInput]
  /// A regular file, or none yet.
  let output: String
  let sizes: String
  /// The table of MIMIC-CXR's split; nil where all images belong to `split`.
  let splits: String?
  let split: ManifestEntry.Split
  let exclusions, gold: String?
  let excludesPatients: Bool
  let reports: CurateReports?
  /// Nil for the hierarchy of regions.
  let chooser: CurateChooser?
  /// What image paths begin with: empty, or with a slash at its end.
  let imageFolder: String
  let skipsBad, isJSON: Bool
  let threads: Int
  /// Equal where a run may go on with what another has left.
  let fingerprint: String

  init(_ arguments: Arguments, on console: Console) throws {
    output = try OutputFile(arguments.required("output")).path
    var facts = stat()
    guard stat(output, &facts) != 0 || facts.st_mode & S_IFMT == S_IFREG else {
      throw OutputFile.Failure(
        description: "\(output) is no regular file, in which a manifest could grow."
          + " Name another one.")
    }
    sizes = try arguments.required("sizes")
    splits = arguments.value("splits")
    let names = ManifestEntry.Split.allCases.map(\.rawValue)
    let named = try arguments.choice("split", of: names)
    if splits != nil, named != nil { throw UsageError.contradicting("splits", "split") }
    split = named.flatMap(ManifestEntry.Split.init) ?? .train
    exclusions = arguments.value("exclude")
    gold = arguments.value("gold")
    excludesPatients = arguments.has("exclude-patients")
    if excludesPatients, exclusions == nil {
      throw UsageError.needing("exclude-patients", "exclude")
    }
    reports = try arguments.value("reports").map(CurateReports.init)
    let folder = arguments.value("images") ?? ""
    imageFolder = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
    skipsBad = arguments.has("skip-bad")
    isJSON = arguments.has("json")
    threads = try arguments.threads
    inputs = try CurateInput.all(arguments.operands)
    let files = inputs.map(\.path) + [sizes, splits, exclusions, gold].compactMap { $0 }
    try OutputFile(output).check(apartFrom: files)
    chooser = try CurateChooser.chosen(by: arguments, on: console)
    fingerprint = Self.fingerprint(
      inputs, tables: [sizes, splits, exclusions, gold],
      words: [
        Grounded.version, split.rawValue, imageFolder, reports?.folder, chooser?.name,
        "\(excludesPatients)",
      ])
  }

  /// The decisions that the tables lead to.
  func cleaning() throws -> SceneGraphCleaning {
    SceneGraphCleaning(
      anatomy: .chest, sizes: try MIMICSizes(path: sizes),
      splits: try splits.map { try CurationSplits(path: $0) } ?? .all(split),
      excluded: try exclusions.map {
        try ExcludedStudies(path: $0, takesPatients: excludesPatients)
      } ?? ExcludedStudies(),
      leftOut: try gold.map { try ImageList(path: $0).names } ?? [])
  }

  /// Files go in by their paths, sizes and times: to read all of them, to see whether one has
  /// changed, would take as long as curation.
  private static func fingerprint(
    _ inputs: [CurateInput], tables: [String?], words: [String?]
  ) -> String {
    var hash = SHA256()
    for word in words { hash.update(Array("\(word ?? "-")\0".utf8)) }
    for file in tables + inputs.map({ Optional($0.path) }) {
      var facts = stat()
      let isThere = file.map { stat($0, &facts) == 0 } ?? false
      let time = facts.st_mtim
      let identity = isThere ? "\(facts.st_size) \(time.tv_sec) \(time.tv_nsec)" : "-"
      hash.update(Array("\(file ?? "-") \(identity)\0".utf8))
    }
    return hash.hex()
  }
}
