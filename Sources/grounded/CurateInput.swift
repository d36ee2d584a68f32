internal import FoundationEssentials
internal import Glibc

/// A file that holds scene graphs.
struct CurateInput: Sendable {
  let path: String
  /// Nil for a file with one scene graph; the file's size for JSON lines.
  let lineBytes: Int64?

  private static let ending = "_SceneGraph.json"

  /// Why there is nothing to read.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The files that are named, and those in folders, in an order of their names.
  static func all(_ paths: [String]) throws(Failure) -> [CurateInput] {
    var inputs: [CurateInput] = []
    for path in paths {
      var facts = stat()
      guard stat(path, &facts) == 0 else {
        throw Failure(description: "\(path) cannot be read: \(String(cString: strerror(errno)))")
      }
      switch facts.st_mode & S_IFMT {
      case S_IFDIR: inputs += try folder(path)
      case S_IFREG:
        let isGraph = path.hasSuffix(".json")
        inputs.append(CurateInput(path: path, lineBytes: isGraph ? nil : Int64(facts.st_size)))
      default: throw Failure(description: "\(path) is neither a file nor a folder")
      }
    }
    return inputs
  }

  private static func folder(_ path: String) throws(Failure) -> [CurateInput] {
    let names: [String]
    do { names = try FileManager.default.subpathsOfDirectory(atPath: path) } catch {
      throw Failure(description: "\(path) cannot be read. Name a folder that you may read.")
    }
    let graphs = names.filter { $0.hasSuffix(ending) }
    guard !graphs.isEmpty else {
      throw Failure(description: "\(path) holds no *\(ending). Unpack the scene graphs there.")
    }
    return graphs.sorted().map { CurateInput(path: "\(path)/\($0)", lineBytes: nil) }
  }

  /// The image that the file's name tells; nil where it tells none.
  static func imageID(ofFile path: String) -> String? {
    guard path.hasSuffix(ending) else { return nil }
    return path.dropLast(ending.count).split(separator: "/").last.map { String($0) }
  }
}

/// A scene graph that is still to be read.
enum CurateUnit: Sendable {
  case file(String)
  case line([UInt8], file: String, number: Int)
  /// A line of more bytes than are read.
  case longLine(file: String, number: Int)
}

/// The scene graphs of all inputs, one after the other.
struct CurateSource {
  private let inputs: [CurateInput]
  private var input = 0
  private var lines: Lines?
  /// Scene graphs given until now.
  private(set) var position: Int64 = 0
  private var linesRead: Int64 = 0
  private var lineBytesRead: Int64 = 0

  private final class Lines {
    var reader: LineReader

    init(_ path: String, lineBytesMax: Int) throws(LineReader.Failure) {
      reader = try LineReader(path: path, lineBytesMax: lineBytesMax)
    }
  }

  init(_ inputs: [CurateInput]) { self.inputs = inputs }

  /// All scene graphs, about: those of JSON lines are guessed from the lines read before.
  var expected: Int64 {
    let bytes = inputs.reduce(0) { $0 + ($1.lineBytes ?? 0) }
    let files = Int64(inputs.count { $0.lineBytes == nil })
    let lineBytes = linesRead > 0 ? max(1, lineBytesRead / linesRead) : 40_000
    return max(position, files + bytes / lineBytes)
  }

  /// The next scene graph; nil at the end.
  ///
  /// - Parameter bytesMax: of a line with more nothing is kept.
  mutating func next(bytesMax: Int) throws -> CurateUnit? {
    while input < inputs.count {
      let current = inputs[input]
      guard current.lineBytes != nil else {
        input += 1
        position += 1
        return .file(current.path)
      }
      let lines = try lines ?? Lines(current.path, lineBytesMax: bytesMax)
      self.lines = lines
      if let unit = try next(of: lines, in: current.path) { return unit }
      self.lines = nil
      input += 1
    }
    return nil
  }

  private mutating func next(of lines: Lines, in path: String) throws -> CurateUnit? {
    do throws(LineReader.Failure) {
      while let line = try lines.reader.next() {
        guard line.contains(where: { $0 > 0x20 }) else { continue }
        position += 1
        linesRead += 1
        lineBytesRead += Int64(line.count + 1)
        return .line(line, file: path, number: lines.reader.line)
      }
      return nil
    } catch {
      guard error.isOfLine else { throw error }
      try lines.reader.passOver()
      position += 1
      return .longLine(file: path, number: lines.reader.line)
    }
  }

  /// The next scene graphs, at most so many; none at the end.
  mutating func next(atMost count: Int, bytesMax: Int) throws -> [CurateUnit] {
    var units: [CurateUnit] = []
    while units.count < count, let unit = try next(bytesMax: bytesMax) { units.append(unit) }
    return units
  }

  /// Passes over so many scene graphs.
  mutating func skip(_ count: Int64, bytesMax: Int) throws {
    while position < count, try next(bytesMax: bytesMax) != nil {}
  }
}
