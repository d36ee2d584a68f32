import Foundation
import TestKit

/// A folder for the files of one test, which goes with it.
final class FolderOfFiles {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  /// Writes a file.
  /// - Returns: its path.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = folder.appending(path: name)
    try Data(bytes).write(to: file)
    return file.path
  }

  /// Writes a file of text.
  func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

  /// The path of a file that is not there.
  var nowhere: String { folder.appending(path: "nowhere").path }
}
