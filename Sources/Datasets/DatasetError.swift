/// Why a data set's file cannot be used, and where in it.
public struct DatasetError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Problem: Error, Hashable, Sendable {
    case unreadable(reason: String)
    case lineTooLong(bytesMax: Int)
    case notUTF8
    case notJSON(reason: String)
    case notCSV(reason: String)
    case missing(field: String)
    case illTyped(field: String, found: String, wanted: String)
    case badBox(index: Int, corners: [Double], width: Int, height: Int)
    case doubled(id: String)

    static func ill(_ field: String, _ found: String, wanted: String) -> Problem {
      .illTyped(field: field, found: found, wanted: wanted)
    }
  }

  public let file: String
  /// From 1; nil when the whole file is meant.
  public let line: Int?
  public let problem: Problem

  public init(file: String, line: Int? = nil, _ problem: Problem) {
    self.file = file
    self.line = line
    self.problem = problem
  }
}

extension DatasetError: CustomStringConvertible {
  public var description: String {
    "\(file)\(line.map { ":\($0)" } ?? ""): \(problem)"
  }
}

extension DatasetError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .lineTooLong(let bytesMax):
      "has more than \(bytesMax) bytes. Is this a manifest, one sentence a line?"
    case .notUTF8: "is not UTF-8. Save the file as UTF-8."
    case .notJSON(let reason): reason
    case .notCSV(let reason): reason
    case .missing(let field): "has no “\(field)”. Add it."
    case .illTyped(let field, let found, let wanted): "“\(field)” is \(found), not \(wanted)"
    case .badBox(let index, let corners, let width, let height):
      "boxes[\(index)] = \(corners) is no box [x1, y1, x2, y2] inside \(width)×\(height) pixels"
    case .doubled(let id): "the id “\(id)” stands on an earlier line too. Make ids unique."
    }
  }
}
