/// Why a data set's file cannot be used, and where in it.
public struct DatasetError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Problem: Error, Hashable, Sendable {
    case unreadable(reason: String)
    case lineTooLong(bytesMax: Int)
    case notUTF8
    case compressed
    case notJSON(reason: String)
    case notCSV(reason: String)
    case missing(field: String)
    case illTyped(field: String, found: String, wanted: String)
    case badBox(index: Int, corners: [Double], width: Int, height: Int)
    case doubled(id: String)
    /// Of a published annotation, in pixels; of a fraction where the image is 1×1.
    case outside(corners: [Double], width: Int, height: Int)
    case unknownSize(image: String)
    case noSplit
    case surplusSplit
    /// Two rows say different things of the same image.
    case contradicting(earlier: String)
    case split(SplitProblem)
    case nothing
    /// Nobody of that name has annotated anything.
    case unknownReader(String)

    static func ill(_ field: String, _ found: String, wanted: String) -> Problem {
      .illTyped(field: field, found: found, wanted: wanted)
    }

    /// Of a text, which may be of a patient, no more is said than its length.
    static func ill(_ field: String, text: String, wanted: String) -> Problem {
      let count = text.count
      let found = text.isEmpty ? "empty" : "a text of \(count) character\(count == 1 ? "" : "s")"
      return .illTyped(field: field, found: found, wanted: wanted)
    }

    /// Why bytes are no text.
    static func noText(_ bytes: some Sequence<UInt8>) -> Problem {
      PublishedFile.isCompressed(bytes) ? .compressed : .notUTF8
    }
  }

  public let file: String
  /// From 1; nil when the whole file is meant.
  public let line: Int?
  /// Within a JSON file, such as `[3].findings[0].boxes[1]`; empty for its outermost value.
  public let place: String
  public let problem: Problem

  public init(file: String, line: Int? = nil, place: String = "", _ problem: Problem) {
    self.file = file
    self.line = line
    self.place = place
    self.problem = problem
  }
}

extension DatasetError: CustomStringConvertible {
  public var description: String {
    "\(file)\(line.map { ":\($0)" } ?? "")\(place.isEmpty ? "" : ": \(place)"): \(problem)"
  }
}

extension DatasetError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .lineTooLong(let bytesMax):
      "has more than \(bytesMax) bytes. Is this a file of JSON lines?"
    case .notUTF8: "is not UTF-8. Save the file as UTF-8."
    case .compressed: "is compressed. Unpack it first."
    case .notJSON(let reason): reason
    case .notCSV(let reason): reason
    case .missing(let field): "has no “\(field)”. Add it."
    case .illTyped(let field, let found, let wanted): "“\(field)” is \(found), not \(wanted)"
    case .badBox(let index, let corners, let width, let height):
      "boxes[\(index)] = \(corners) is no box [x1, y1, x2, y2] inside \(width)×\(height) pixels"
    case .doubled(let id): "the id “\(id)” stands on an earlier line too. Make ids unique."
    case .outside(let corners, let width, let height):
      "\(corners) is no box [x1, y1, x2, y2] inside \(width)×\(height)"
    case .unknownSize(let image):
      "the size of “\(image)” is not known. Name a table with --sizes, or the images' folder."
    case .noSplit: "names no split. Say with --split which one it is."
    case .surplusSplit: "names a split itself. Leave out --split."
    case .contradicting(let earlier):
      "gives its image another size, patient, study or split than \(earlier)"
    case .split(let problem): problem.description
    case .nothing: "has nothing to take"
    case .unknownReader(let name): "has no annotation by “\(name)”. See its column rad_id."
    }
  }
}
