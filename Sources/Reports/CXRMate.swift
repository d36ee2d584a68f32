public import JSON

/// Reads what CXRMate writes: findings and impression of a study with one or several images.
public enum CXRMate {
  /// One line: `{"report_id", "images": […], "findings": …, "impression": …}`.
  ///
  /// Either section may be absent or empty; `[NF]` and `[NI]` are its words for that.
  public static func report(
    _ line: JSON, limits: ReportLimits
  ) throws(Rejection) -> GeneratedReport {
    let fields = try Fields(line, at: "")
    var sections: [ReportSection] = []
    for name in ["findings", "impression"] {
      let text = try fields.string(name, charactersMax: limits.messageBytesMax)
      if let text = text.flatMap(content) {
        sections.append(ReportSection(name: name, text: text))
      }
    }
    guard !sections.isEmpty else {
      throw Rejection(.noText, at: .decide, "findings and impression have no text")
    }
    return GeneratedReport(
      reportID: try fields.requiredText("report_id", charactersMax: limits.idCharactersMax),
      study: try fields.study(limits: limits),
      generator: Generator(
        name: "CXRMate",
        version: try fields.text("version", charactersMax: limits.nameCharactersMax),
        mode: "findings and impression"),
      images: try fields.lineImages(limits: limits), sections: sections)
  }

  /// The text of a section without white space around it; nil when the section is empty.
  static func content(_ text: String) -> String? {
    let trimmed = text.trimmed
    return ["", "[NF]", "[NI]"].contains(trimmed.uppercased()) ? nil : trimmed
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
