internal import FoundationEssentials
internal import Glibc

/// A folder that is installed beside the program: `PREFIX/share/grounded/NAME` for
/// `PREFIX/bin/grounded`, or the repository's own when the program was built in it.
enum InstalledFolder: String {
  case migrations = "Migrations"
  case topics = "Topics"

  /// Why a folder is not to be found.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// - Parameter configured: a folder that was set; then no other is looked at.
  func find(configured: String?) throws -> URL {
    if let configured { return URL(filePath: configured, directoryHint: .isDirectory) }
    for place in places where FileManager.default.fileExists(atPath: place.path) { return place }
    throw Missing(
      description: "no \(rawValue.lowercased()) found beside the program."
        + " Set \(rawValue.lowercased()).folder.")
  }

  private var places: [URL] {
    guard let program = Self.program else { return [] }
    var places = [
      program.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "share/grounded/\(rawValue.lowercased())")
    ]
    var folder = program.deletingLastPathComponent()
    while folder.path.count > 1 {
      if folder.lastPathComponent == ".build" {
        places.append(folder.deletingLastPathComponent().appending(path: rawValue))
      }
      folder = folder.deletingLastPathComponent()
    }
    return places
  }

  /// The file that runs at present.
  private static var program: URL? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    let bytes = buffer[..<count].map { UInt8(bitPattern: $0) }
    return URL(filePath: String(decoding: bytes, as: UTF8.self))
  }
}
