import Foundation
import JSON
import TestKit

/// A real radiograph with the text that came with it, as the shared manifest lists it.
struct Radiograph: Sendable {
  let id, text, view, sha256: String
  let file: URL
  let width, height: Int

  var isLateral: Bool { view == "L" }

  /// The text, or what is said of an image that came without one.
  var spokenText: String { text.isEmpty ? "No acute finding." : text }

  /// A generated report of it.
  func report(id: String? = nil, saying text: String? = nil) -> JSON {
    var image = [
      JSON.Member("image_id", "film"), JSON.Member("uri", .string("file:\(file.path)")),
      JSON.Member("sha256", .string(sha256)),
    ]
    if !view.isEmpty { image.append(JSON.Member("view", .string(view))) }
    return [
      "report_id": .string(id ?? self.id), "generator": ["name": "manifest"],
      "images": [.object(image)],
      "sections": [["name": "findings", "text": .string(text ?? spokenText)]],
    ]
  }

  /// Every line of the manifest.
  static func all(in shared: URL) throws -> [Radiograph] {
    let data = shared.appending(path: "data")
    let text = try String(contentsOf: data.appending(path: "manifest.csv"), encoding: .utf8)
    var lines = records(text)
    let names = lines.removeFirst()
    return lines.map { line in
      let value = Dictionary(zip(names, line), uniquingKeysWith: { first, _ in first })
      return Radiograph(
        id: value["id"] ?? "", text: value["report_text"] ?? "", view: value["view"] ?? "",
        sha256: value["sha256"] ?? "", file: data.appending(path: value["file"] ?? ""),
        width: Int(value["width"] ?? "") ?? 0, height: Int(value["height"] ?? "") ?? 0)
    }
  }

  /// The fields of comma-separated lines; a quoted field may have commas, quotes and line breaks.
  private static func records(_ text: String) -> [[String]] {
    var records: [[String]] = []
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    for character in text {
      switch character {
      case "\"":
        // A doubled quote closes the field and opens it again: it stands for itself.
        if !isQuoted, field.last != nil { field.append("\"") }
        isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field)
        field = ""
      case "\n" where !isQuoted, "\r\n" where !isQuoted:
        records.append(fields + [field])
        fields = []
        field = ""
      default: field.append(character)
      }
    }
    if !field.isEmpty || !fields.isEmpty { records.append(fields + [field]) }
    return records
  }
}
