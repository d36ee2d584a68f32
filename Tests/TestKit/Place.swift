public import Foundation
public import JSON

/// Where tests find things.
public enum Place {
  /// The root of the repository.
  public static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Material that stands beside the repository and is read in place; nil where it is absent.
  public static let shared: URL? = {
    let folder = repository.deletingLastPathComponent().appending(path: "shared")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  /// A golden file of a test folder, e.g. `golden("BoxesTests", "wbf_vectors.json")`.
  public static func golden(_ suite: String, _ name: String) -> URL {
    repository.appending(path: "Tests/\(suite)/Golden/\(name)")
  }

  /// The bytes of a file.
  public static func bytes(_ file: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }

  /// A JSON file.
  public static func json(_ file: URL) throws -> JSON { try JSON(parsing: bytes(file)) }

  /// The values of a JSON-lines file.
  public static func jsonLines(_ file: URL) throws -> [JSON] {
    try bytes(file).split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: $0) }
  }

  /// A new empty folder, which the caller removes.
  public static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "grounded-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
