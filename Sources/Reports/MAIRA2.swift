public import Boxes
public import JSON

/// Reads what MAIRA-2 writes: sentences with boxes between tags, or plain text.
///
///     <obj>Left effusion. <box><x55><y45><x70><y56></box></obj><obj>No pneumothorax.</obj>
///
/// A coordinate is the centre of one of 100 bins on the central square of the image.
public enum MAIRA2 {
  /// A sentence, and where it is on the central square.
  public struct Phrase: Hashable, Sendable {
    public let text: String
    /// Every box as it is written.
    public let corners: [Corners]

    public init(text: String, corners: [Corners] = []) {
      self.text = text
      self.corners = corners
    }

    /// Those with an area; nil when there is none.
    public var boxes: [BoundingBox]? {
      let boxes = corners.compactMap(\.box)
      return boxes.isEmpty ? nil : boxes
    }
  }

  /// A box in thousandths of the central square; it may have no area, but is never reversed.
  public struct Corners: Hashable, Sendable {
    public let left, top, right, bottom: Int

    /// Reversed corners are swapped.
    init(_ left: Int, _ top: Int, _ right: Int, _ bottom: Int) {
      (self.left, self.right) = (min(left, right), max(left, right))
      (self.top, self.bottom) = (min(top, bottom), max(top, bottom))
    }

    /// Nil without an area.
    var box: BoundingBox? {
      func fraction(_ thousandths: Int) -> Float { Float(thousandths) / 1_000 }
      return BoundingBox(
        left: fraction(left), top: fraction(top), right: fraction(right),
        bottom: fraction(bottom))
    }
  }

  /// Reads a text; white space between tags does not count.
  ///
  /// A text without tags is one phrase. So is one whose tags do not fit together: it loses them,
  /// and has no boxes. Phrases without words are left out, and so are the tokenizer's marks around
  /// the text, such as `</s>`.
  public static func parse(_ text: String) -> [Phrase] {
    if let phrases = grounded(text) { return phrases }
    let words = TagParser.stripped(TagParser.withoutEndMarks(text))
    return words.isEmpty ? [] : [Phrase(text: words)]
  }

  /// The phrases between the tags of a text; nil when it has none, or they do not fit together.
  public static func grounded(_ text: String) -> [Phrase]? {
    var parser = TagParser(TagParser.withoutEndMarks(text))
    return parser.phrases()?.filter { !$0.text.isEmpty }
  }

  /// True when a text has any of MAIRA-2's tags, whether they fit together or not.
  public static func hasTags(_ text: String) -> Bool { TagParser.hasTags(text) }

  /// Fractions of the image that corners on the central square stand for, cut to whole pixels as
  /// MAIRA-2 does.
  ///
  /// - Parameter width, height: of the image in pixels, at least 1 each.
  public static func edges(
    _ corners: Corners, onFullImage width: Int, height: Int
  ) -> (left: Double, top: Double, right: Double, bottom: Double) {
    precondition(width > 0 && height > 0, "\(width)×\(height)")
    let side = min(width, height)
    func place(_ thousandths: Int, _ size: Int) -> Double {
      let pixel = Int(Double(thousandths) / 1_000 * Double(side) + Double((size - side) / 2))
      return Double(pixel) / Double(size)
    }
    return (
      place(corners.left, width), place(corners.top, height), place(corners.right, width),
      place(corners.bottom, height)
    )
  }

  /// The same as a box; nil when less than a pixel is left.
  static func box(_ corners: Corners, onFullImage width: Int, height: Int) -> BoundingBox? {
    let edges = edges(corners, onFullImage: width, height: height)
    return BoundingBox(
      left: Float(edges.left), top: Float(edges.top), right: Float(edges.right),
      bottom: Float(edges.bottom))
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
    guard phrase.boxes != nil else { return nil }
    guard let width = try fields.count("width", from: 1) else {
      throw fields.missing("width", expected: "the image's width in pixels, since there are boxes")
    }
    guard let height = try fields.count("height", from: 1) else {
      throw fields.missing(
        "height", expected: "the image's height in pixels, since there are boxes")
    }
    let placed = phrase.corners.compactMap { box($0, onFullImage: width, height: height) }
    return placed.isEmpty ? nil : placed
  }
}
