/// Images of MIMIC-CXR that somebody names, such as those of Chest ImaGenome's gold standard.
public struct ImageList: Sendable {
  /// Their `dicom_id`s, at least one.
  public let names: Set<String>

  private static let column = "dicom_id"

  /// Reads a table with the column `dicom_id`, such as Chest ImaGenome's `images_to_avoid.csv`; or a
  /// name on each line, with or without `.dcm` or `.jpg`.
  ///
  /// - Throws: where a name cannot be one, and where there is none.
  public init(path: String) throws(DatasetError) {
    let text = try PublishedFile.text(path: path)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    var names: Set<String> = []
    if lines[0].contains(",") || lines[0] == Self.column {
      let table = try CSVTable(text: text, file: path)
      try table.require([Self.column])
      for row in table.rows {
        names.insert(try Self.name(row.text(Self.column), path, line: row.line))
      }
    } else {
      for (index, line) in lines.enumerated() where line.contains(where: { !$0.isWhitespace }) {
        names.insert(try Self.name(String(line), path, line: index + 1))
      }
    }
    guard !names.isEmpty else { throw DatasetError(file: path, .nothing) }
    self.names = names
  }

  private static func name(
    _ text: String, _ file: String, line: Int
  ) throws(DatasetError) -> String {
    let words = text.split(whereSeparator: \.isWhitespace)
    var name = String(words.first ?? "")
    for ending in [".dcm", ".jpg"] where name.hasSuffix(ending) {
      name.removeLast(ending.count)
    }
    guard words.count == 1, SceneGraph.isName(name) else {
      throw DatasetError(
        file: file, line: line, .ill(column, text: text, wanted: "the name of an image"))
    }
    return name
  }
}
