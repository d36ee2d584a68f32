internal import Datasets
internal import FoundationEssentials
internal import JSON
internal import Reports

/// What a generator wrote of one study: a line of a file.
struct ComposedReport {
  /// Why a line cannot be used, without its text.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What the generator says of an image.
  struct Contents {
    /// As the daemon would see them, without headings; none where it says nothing.
    let sentences: [ReportSentence]
    /// The same with MAIRA-2's own boxes on the whole image, even those without an area; nil for a
    /// text that has none of its tags.
    let own: [RadFactSentence]?
    /// True where MAIRA-2's tags do not fit together: they are taken out, and the boxes are lost.
    let isMalformed: Bool
  }

  let study: String
  /// Seen from where the file was opened.
  let image: String
  /// The file and its line.
  let place: String
  private let generator: GeneratorOutput
  private let json: JSON

  /// Reads `{"study_id", "image", "generator": "maira-2" | "cxrmate-rrg24", "text" | "findings" and
  /// "impression"}`.
  ///
  /// - Parameters:
  ///   - file: the file whose folder the image's path starts from.
  ///   - number: of the line, from 1.
  init(parsing bytes: [UInt8], file: String, line number: Int) throws(Failure) {
    place = "\(file):\(number)"
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw Failure(description: "\(error)") }
    func text(_ name: String) throws(Failure) -> String {
      guard let text = json[name]?.string, !text.isEmpty else {
        throw Failure(description: "“\(name)” is no text, or absent")
      }
      return text
    }
    study = try text("study_id")
    let path = try text("image")
    let folder = file.lastIndex(of: "/").map { file[...$0] } ?? ""
    image = path.hasPrefix("/") ? path : folder + path
    switch try text("generator").lowercased() {
    case "maira-2": generator = .maira2
    case "cxrmate-rrg24": generator = .cxrmate
    default: throw Failure(description: "“generator” is neither maira-2 nor cxrmate-rrg24")
    }
    self.json = json
  }

  /// What the generator says.
  ///
  /// - Parameter width, height: of the image in pixels.
  func contents(width: Int, height: Int, limits: ReportLimits) throws(Rejection) -> Contents {
    var sentences: [ReportSentence] = []
    if let generated = try report(width: width, height: height, limits: limits) {
      sentences = try Self.sentences(of: generated, limits: limits)
    }
    guard hasTags else { return Contents(sentences: sentences, own: nil, isMalformed: false) }
    let phrases = MAIRA2.grounded(text)
    let own = sentences.enumerated().map { index, sentence in
      let boxes = (phrases?[index].corners ?? []).compactMap { corners in
        let edges = MAIRA2.edges(corners, onFullImage: width, height: height)
        return RadFactBox(
          left: edges.left, top: edges.top, right: edges.right, bottom: edges.bottom)
      }
      return RadFactSentence(text: sentence.text, boxes: boxes.isEmpty ? nil : boxes)
    }
    return Contents(sentences: sentences, own: own, isMalformed: phrases == nil)
  }

  /// True for MAIRA-2's text with any of its tags.
  var hasTags: Bool { generator == .maira2 && MAIRA2.hasTags(text) }

  /// MAIRA-2's text.
  private var text: String { json["text"]?.string ?? "" }

  /// Nil when the generator wrote nothing.
  private func report(
    width: Int, height: Int, limits: ReportLimits
  ) throws(Rejection) -> GeneratedReport? {
    var members: [JSON.Member] = [
      .init("report_id", .string(study)), .init("image", .string(image)),
      .init("width", .integer(Int64(width))), .init("height", .integer(Int64(height))),
    ]
    for name in ["text", "findings", "impression", "section"] {
      if let value = json[name] { members.append(.init(name, value)) }
    }
    do throws(Rejection) {
      return try generator.report(.object(members), limits: limits)
    } catch {
      guard error.code == .noText || isSilent else { throw error }
      return nil
    }
  }

  private static func sentences(
    of report: GeneratedReport, limits: ReportLimits
  ) throws(Rejection) -> [ReportSentence] {
    let message = report.encoded(
      id: "1", source: "grounded-compose", time: Date(timeIntervalSince1970: 0))
    let place = SourcePosition(topic: "", partition: 0, offset: 0)
    let event = try ReportEvent.decode(message.received(at: place), limits: limits)
    return event.sentences.filter { !$0.isHeading }
  }

  /// True for MAIRA-2's text that has no word.
  private var isSilent: Bool {
    generator == .maira2 && (json["text"]?.string?.allSatisfy(\.isWhitespace) ?? false)
  }
}
