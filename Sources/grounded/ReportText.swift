internal import JSON
internal import Reports

/// What a person gives as a report: plain text, or a generated report as JSON, of which the images are
/// not looked at.
struct ReportText {
  /// As the daemon would ground them, headings among them.
  let sentences: [ReportSentence]

  /// Why bytes are no report.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Plain text, in which a heading names the section of what follows.
  init(_ text: String) { sentences = Self.split(text) }

  /// JSON begins with a brace or a bracket; everything else is text, and so is what begins with the
  /// mark of a name or a date that was taken out, `[**…**]`.
  init(reading bytes: [UInt8], limits: ReportLimits) throws {
    let bytes = Array(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...])
    let start = bytes.drop { Self.blanks.contains($0) }
    let isMark = start.starts(with: "[*".utf8)
    if start.first == UInt8(ascii: "{") || start.first == UInt8(ascii: "[") && !isMark {
      let message = RawMessage(
        topic: "", partition: 0, offset: 0, key: nil, value: Self.withImage(bytes), headers: [])
      sentences = try ReportEvent.decode(message, limits: limits).sentences
    } else if let text = String(validating: bytes, as: UTF8.self) {
      sentences = Self.split(text)
    } else {
      throw Failure(description: "the report is not UTF-8 text. Save it as UTF-8.")
    }
  }

  private static func split(_ text: String) -> [ReportSentence] {
    var section: String?
    return Sentences.split(text).map { found in
      if found.isHeading { section = title(found.text) }
      return ReportSentence(
        text: found.text, section: section, start: found.start, end: found.end,
        isHeading: found.isHeading)
    }
  }

  /// The daemon wants an image of every report; here one is not needed.
  private static func withImage(_ bytes: [UInt8]) -> [UInt8] {
    // What is no JSON is left to the decoder, which says why.
    guard let report = try? JSON(parsing: bytes), let members = report.members,
      report["images"] == nil, report["specversion"] == nil
    else { return bytes }
    return JSON.object(members + [.init("images", [["uri": "file:/none"]])]).bytes
  }

  /// A heading without its marks: “FINDINGS:” is `findings`.
  private static func title(_ heading: String) -> String {
    let words = heading.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.joined(separator: " ")
  }

  private static let blanks: Set<UInt8> = [9, 10, 11, 12, 13, 32]
}
