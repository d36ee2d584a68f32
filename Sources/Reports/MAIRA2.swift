public import Boxes
public import JSON

/// Reads what MAIRA-2 writes: sentences with boxes between tags, or plain text.
///
///     <obj>Left effusion. <box><x55><y45><x70><y56></box></obj><obj>No pneumothorax.</obj>
///
/// A coordinate is the centre of one of 100 bins on the central square of the image.
public enum MAIRA2 {
  /// A sentence, and its boxes on the central square; nil when it has none.
  public struct Phrase: Hashable, Sendable {
    public let text: String
    public let boxes: [BoundingBox]?
  }

  /// Reads a text; white space between tags does not count.
  ///
  /// A text without tags is one phrase. So is one whose tags do not fit together: it loses them,
  /// and has no boxes. Phrases without words are left out, and so are the tokenizer's marks around
  /// the text, such as `</s>`.
  public static func parse(_ text: String) -> [Phrase] {
    let text = TagParser.withoutEndMarks(text)
    if let phrases = grounded(text) { return phrases }
    let words = TagParser.stripped(text)
    return words.isEmpty ? [] : [Phrase(text: words, boxes: nil)]
  }

  /// The phrases between the tags of a text; nil when it has none, or they do not fit together.
  private static func grounded(_ text: String) -> [Phrase]? {
    var parser = TagParser(text)
    return parser.phrases()?.filter { !$0.text.isEmpty }
  }

  /// A box of the central square as a box of the image, cut to whole pixels as MAIRA-2 does.
  ///
  /// - Parameter width, height: of the image in pixels, at least 1 each.
  /// - Returns: nil when less than a pixel is left.
  public static func box(_ box: BoundingBox, onFullImage width: Int, height: Int) -> BoundingBox? {
    precondition(width > 0 && height > 0, "\(width)×\(height)")
    let side = min(width, height)
    func place(_ fraction: Float, _ size: Int) -> Float {
      // Bin centres are thousandths; a Double has to hold them as such for the same cut.
      let exact = (Double(fraction) * 1_000).rounded() / 1_000
      let pixel = Int(exact * Double(side) + Double((size - side) / 2))
      return Float(Double(pixel) / Double(size))
    }
    return BoundingBox(
      left: place(box.left, width), top: place(box.top, height),
      right: place(box.right, width), bottom: place(box.bottom, height))
  }

  /// One line: `{"report_id", "image" | "images", "width", "height", "text"}`.
  ///
  /// `width` and `height` are those of the first image in pixels; only boxes need them. `section`
  /// names what the text is, and is `findings` when absent. A text whose tags do not fit together
  /// becomes a section without them, as one that never had any.
  public static func report(
    _ line: JSON, limits: ReportLimits
  ) throws(Rejection) -> GeneratedReport {
    let fields = try Fields(line, at: "")
    let text = TagParser.withoutEndMarks(
      try fields.requiredText("text", charactersMax: limits.messageBytesMax))
    let phrases = grounded(text)
    let words = TagParser.hasTags(text) ? TagParser.stripped(text) : text
    guard !words.isBlank else {
      throw Rejection(.noText, at: .decide, "text has tags, but no words")
    }
    let section =
      try fields.text("section", charactersMax: limits.nameCharactersMax) ?? "findings"
    var report = GeneratedReport(
      reportID: try fields.requiredText("report_id", charactersMax: limits.idCharactersMax),
      study: try fields.study(limits: limits),
      generator: Generator(
        name: "MAIRA-2",
        version: try fields.text("version", charactersMax: limits.nameCharactersMax),
        mode: phrases == nil ? "findings" : "grounded"),
      images: try fields.lineImages(limits: limits))
    guard let phrases else {
      report.sections = [ReportSection(name: section, text: words)]
      return report
    }
    for phrase in phrases {
      report.sentences.append(
        ReportSentence(
          text: phrase.text, section: section,
          generatorBoxes: try fullImageBoxes(of: phrase, fields)))
    }
    return report
  }

  private static func fullImageBoxes(
    of phrase: Phrase, _ fields: Fields
  ) throws(Rejection) -> [BoundingBox]? {
    guard let boxes = phrase.boxes else { return nil }
    guard let width = try fields.count("width", from: 1) else {
      throw fields.missing("width", expected: "the image's width in pixels, since there are boxes")
    }
    guard let height = try fields.count("height", from: 1) else {
      throw fields.missing(
        "height", expected: "the image's height in pixels, since there are boxes")
    }
    let placed = boxes.compactMap { box($0, onFullImage: width, height: height) }
    return placed.isEmpty ? nil : placed
  }
}
