internal import Datasets

/// `grounded dataset check`: whether manifests can be used together.
struct DatasetCheck: Command {
  static let name = "dataset check"
  static let summary = "counts what manifests hold, and looks for patients in two splits"
  static let description = [
    """
    Reads manifests and shows for each data set and split the number of images, patients, phrases \
    and boxes, how many phrases have no box, one or several, and their words (mean ± standard \
    deviation).
    """,
    """
    Fails where a patient of a data set is in two splits, in one file or in several. MS-CXR and \
    Chest ImaGenome are both of MIMIC-CXR: a patient of one is the same in the other, and no study \
    may be in both. An id may stand once in all files. Other data sets' ids are taken for different people. Films that two data sets \
    took from one source under other names are not seen: RSNA's are the NIH's.
    """,
  ]
  static let options: [Option] = [DatasetOptions.tableFormat]
  static let operands = Operands.several("MANIFEST")
  static let examples = [
    Example(
      "grounded dataset check stage1.jsonl ms-cxr.jsonl padchest-gr.jsonl",
      "Before a network learns from them:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let format = try DatasetOptions.format(arguments)
    var (check, counts) = (SplitCheck(), DatasetCounts())
    var ids: Set<String> = []
    var problems: [String] = []
    for path in arguments.operands {
      var reader = try ManifestReader(path: path)
      while let entry = try reader.next() {
        counts.add(entry, image: entry.imagePath(manifest: path))
        let place = "\(path):\(reader.line)"
        if !ids.insert(entry.id).inserted {
          problems.append("\(place): \(DatasetError.Problem.doubled(id: entry.id))")
        }
        do { try check.add(entry, at: place) } catch { problems.append("\(error)") }
      }
    }
    guard !counts.parts.isEmpty else {
      throw DatasetError(file: arguments.operands[0], .nothing)
    }
    console.write(counts.table(titled: "Phrases").text(format))
    for problem in problems.prefix(DatasetOptions.complaintsMax) {
      console.complain("grounded dataset check: \(problem)")
    }
    if problems.count > DatasetOptions.complaintsMax {
      console.complain("grounded dataset check: \(problems.count) problems in all")
    }
    return problems.isEmpty ? .done : .failed
  }
}
