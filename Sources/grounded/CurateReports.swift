internal import Datasets
internal import FoundationEssentials
internal import Reports

/// The reports of MIMIC-CXR, as they are published.
struct CurateReports: Sendable {
  /// Holds `p10` … `p19`.
  let folder: String

  private static let sections: Set<String> = [
    "finding", "findings", "impression", "impressions", "findings and impression",
    "findings impression",
  ]
  /// The longest published report has some 10 KB.
  private static let bytesMax = 1 << 20

  /// - Parameter path: the folder that holds `files`, or `files` itself.
  init(_ path: String) throws(CurateInput.Failure) {
    let inner = path + "/files"
    folder = FileManager.default.fileExists(atPath: inner) ? inner : path
    var isFolder = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder else {
      throw CurateInput.Failure(
        description: "\(path) is no folder. Name the one that holds MIMIC-CXR's `files`.")
    }
  }

  /// The sentences of a study's findings and impression; nil where it has no report.
  func sentences(patient: String, study: String) throws -> [String]? {
    let path = "\(folder)/p\(patient.prefix(2))/p\(patient)/s\(study).txt"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var reader = try LineReader(path: path, lineBytesMax: Self.bytesMax)
    guard let text = String(validating: try reader.rest(), as: UTF8.self) else {
      throw DatasetError(file: path, .notUTF8)
    }
    return ReportText(text).sentences.compactMap { sentence in
      guard let section = sentence.section, Self.sections.contains(section),
        !sentence.isHeading
      else { return nil }
      return sentence.text
    }
  }
}
