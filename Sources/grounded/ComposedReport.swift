internal import FoundationEssentials
internal import JSON
internal import Reports

/// What a generator wrote of one study: a line of a file.
struct ComposedReport {
  /// Why a line cannot be used, without its text.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let study: String
  /// Seen from where the file was opened.
  let image: String
  private let generator: GeneratorOutput
  private let line: JSON

  /// Reads `{"study_id", "image", "generator": "maira-2" | "cxrmate-rrg24", "text" | "findings" and
  /// "impression"}`.
  ///
  /// - Parameter file: the file whose folder the image's path starts from.
  init(parsing bytes: [UInt8], file: String) throws(Failure) {
    let line: JSON
    do { line = try JSON(parsing: bytes) } catch { throw Failure(description: "\(error)") }
    func text(_ name: String) throws(Failure) -> String {
      guard let text = line[name]?.string, !text.isEmpty else {
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
    self.line = line
  }

  /// True where MAIRA-2's tags do not fit together: they are taken out, and the boxes are lost.
  func isMalformed(_ report: GeneratedReport?) -> Bool {
    generator == .maira2 && report?.sentences.isEmpty != false
      && MAIRA2.hasTags(line["text"]?.string ?? "")
  }

  /// What the generator wrote, with MAIRA-2's boxes on the whole image; nil when it wrote nothing.
  ///
  /// - Parameter width, height: of the image in pixels.
  func report(width: Int, height: Int, limits: ReportLimits) throws(Rejection) -> GeneratedReport? {
    var members: [JSON.Member] = [
      .init("report_id", .string(study)), .init("image", .string(image)),
      .init("width", .integer(Int64(width))), .init("height", .integer(Int64(height))),
    ]
    for name in ["text", "findings", "impression", "section"] {
      if let value = line[name] { members.append(.init(name, value)) }
    }
    do throws(Rejection) {
      return try generator.report(.object(members), limits: limits)
    } catch {
      guard error.code == .noText || isSilent else { throw error }
      return nil
    }
  }

  /// The sentences of a report, as the daemon would see them, without headings.
  static func sentences(
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
    generator == .maira2 && (line["text"]?.string?.allSatisfy(\.isWhitespace) ?? false)
  }
}
