import Boxes
import Datasets
import Evaluation
import Foundation
import JSON
import Judging
import Reports

/// Everything that reads what others have written, by the folder of its seeds.
enum FuzzedReader: String, CaseIterable {
  case manifest, truth, predictions
  case msCXR = "ms-cxr"
  case padChestGR = "padchest-gr"
  case padChestTable = "padchest-table"
  case coco, nih, vindr, rsna
  case radFact = "radfact"
  case radFactTexts = "radfact-texts"
  case sceneGraph = "scene-graph"
  case imageSizes = "image-sizes"
  case mimicSizes = "mimic-sizes"
  case curationSplits = "curation-splits"
  case excludedStudies = "excluded-studies"
  case imageList = "image-list"
  case choices
  case report, grounded
  case maira2 = "maira-2"
  case answer, verdicts, prompt

  /// Reads bytes, which most readers want in a file.
  func read(_ bytes: [UInt8], _ file: String) throws {
    switch self {
    case .manifest: check(try Manifest.read(path: write(bytes, file)))
    case .truth, .predictions: try readPhrases(bytes)
    case .msCXR, .padChestGR, .padChestTable, .coco, .nih, .vindr, .rsna:
      check(try published(bytes, write(bytes, file)).entries)
    case .radFact: check(try RadFactInput.read(path: write(bytes, file)))
    case .radFactTexts: check(try RadFactInput.readTexts(path: write(bytes, file)))
    case .sceneGraph: try curate(SceneGraph(parsing: bytes), file)
    case .imageSizes, .mimicSizes, .curationSplits, .excludedStudies, .imageList:
      try readTable(write(bytes, file))
    case .choices:
      let whole = try KeyedLines.read(bytes) { _, line in line["regions"]?.array != nil }
      precondition(whole <= bytes.count, "\(whole) of \(bytes.count) bytes")
    case .report: _ = try ReportEvent.decode(message(bytes), limits: ReportLimits())
    case .grounded: _ = try GroundedReport.decode(message(bytes), limits: ReportLimits())
    case .maira2:
      let phrases = MAIRA2.parse(String(decoding: bytes, as: UTF8.self))
      precondition(phrases.allSatisfy { !$0.text.contains("<obj>") }, "a tag is left")
    case .answer:
      let query = EntailmentQuery(
        hypothesis: "Small effusion.", reference: ["Right effusion.", "No pneumothorax."])
      let verdict = Entailment(answer: String(decoding: bytes, as: UTF8.self), to: query)
      precondition(verdict.evidence.allSatisfy { 0..<2 ~= $0 }, "evidence from nowhere")
    case .verdicts:
      var cache = VerdictCache(model: "m", prompt: "p")
      _ = try cache.read(bytes)
    case .prompt: _ = try JudgePrompt(parsing: bytes)
    }
  }

  /// What curation and others look up.
  private func readTable(_ path: String) throws {
    switch self {
    case .imageSizes: _ = try ImageSizes(path: path)
    case .mimicSizes: _ = try MIMICSizes(path: path)
    case .curationSplits: _ = try CurationSplits(path: path)
    case .excludedStudies: _ = try ExcludedStudies(path: path, takesPatients: true)
    default:
      let names = try ImageList(path: path).names
      precondition(!names.isEmpty && !names.contains { $0.contains("/") }, "\(names)")
    }
  }

  /// Half of the files with what is unfit left out, by their length.
  private func published(_ bytes: [UInt8], _ path: String) throws -> PublishedDataset {
    var choices = PublishedChoices()
    choices.size = { _, _ in ImageSize(width: 2_000, height: 2_000) }
    choices.skipsUnfit = bytes.count % 2 == 0
    let opensJSON = bytes.first.map { "{[".utf8.contains($0) } ?? false
    let beside = Self.seeds + "padchest-gr/reports.json"
    switch self {
    case .msCXR:
      // COCO's files name no split, as the table does.
      if opensJSON { choices.split = .train }
      return try MSCXR.read(path: path, choices: choices)
    case .padChestGR:
      return try PadChestGR.read(
        path: path, table: Self.seeds + "padchest-table/table.csv", choices: choices)
    case .padChestTable:
      return try PadChestGR.read(path: beside, table: path, choices: choices)
    default: choices.split = .train
    }
    switch self {
    case .coco: return try COCO.read(path: path, dataset: "fuzz", choices: choices)
    case .nih: return try NIHBoxes.read(path: path, choices: choices)
    case .vindr: return try VinDr.read(path: path, choices: choices)
    default: return try RSNAPneumonia.read(path: path, choices: choices)
    }
  }

  private static let seeds = URL(filePath: #filePath).deletingLastPathComponent().path + "/Seeds/"

  private func readPhrases(_ bytes: [UInt8]) throws {
    var truth = TruthSet()
    if self == .predictions {
      try truth.add(line: Array(#"{"id":"a","boxes":[[0.1,0.1,0.5,0.5]]}"#.utf8), number: 1)
      try truth.add(line: Array(#"{"id":"b","boxes":[]}"#.utf8), number: 2)
    }
    var predictions = PredictionSet(for: truth)
    for (index, line) in bytes.split(separator: 10).enumerated() {
      if self == .truth {
        try truth.add(line: Array(line), number: index + 1)
      } else {
        try predictions.add(line: Array(line), number: index + 1, for: truth)
      }
    }
    if self == .predictions, predictions.firstMissing(of: truth) == nil {
      _ = PhraseMetrics(of: predictions.phrases(of: truth))
    }
  }

  /// As an image with two sentences in its report, of a size that the table at `file` tells.
  private func curate(_ graph: SceneGraph, _ file: String) throws {
    let table = "dicom_id,Rows,Columns\n\(graph.imageID),2000,1500\n"
    let cleaning = SceneGraphCleaning(
      anatomy: .chest, sizes: try MIMICSizes(path: write(Array(table.utf8), file)),
      splits: .all(.train), excluded: ExcludedStudies(), leftOut: [])
    guard case .kept(var image) = try cleaning.verdict(on: graph) else { return }
    image.add(report: ["No pneumothorax.", "Left basilar atelectasis has improved since then."])
    let (entries, tally) = image.entries(folder: "")
    precondition(entries.count == tally.sentences, "\(entries.count) of \(tally.sentences)")
    check(entries)
  }

  private func message(_ bytes: [UInt8]) -> RawMessage {
    RawMessage(topic: "t", partition: 0, offset: 0, value: bytes)
  }

  private func write(_ bytes: [UInt8], _ file: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }

  /// What every manifest promises.
  private func check(_ entries: [ManifestEntry]) {
    for entry in entries {
      precondition(entry.width > 0 && entry.height > 0, "an image without size")
      for box in entry.boxes {
        precondition(
          0 <= box.left && box.left < box.right && box.right <= Double(entry.width)
            && 0 <= box.top && box.top < box.bottom && box.bottom <= Double(entry.height),
          "\(box) in \(entry.width)×\(entry.height)")
      }
    }
  }

  private func check(_ examples: [RadFactExample]) {
    for sentence in examples.flatMap({ $0.prediction + $0.target }) {
      guard let boxes = sentence.boxes else { continue }
      precondition(!boxes.isEmpty, "no boxes, and not null")
      for box in boxes {
        precondition(
          0 <= box.left && box.left <= box.right && box.right <= 1 && 0 <= box.top
            && box.top <= box.bottom && box.bottom <= 1, "\(box)")
      }
    }
  }
}
