internal import FoundationEssentials

/// A folder that a command is told to fill.
struct OutputFolder {
  private let folder: URL

  /// Makes it, with the folders above it, where it is not there.
  init(_ path: String) throws(OutputFile.Failure) {
    folder = URL(filePath: path, directoryHint: .isDirectory)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw OutputFile.Failure(
        description: "\(path) cannot be made. Name a folder that you may write to.")
    }
  }

  /// The path of a file in it.
  func path(_ name: String) -> String { folder.appending(path: name).path }
}
