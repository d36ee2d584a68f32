internal import Foundation
internal import Synchronization

/// Processes and folders to be rid of when the program ends early.
final class Leftovers: Sendable {
  private struct Content {
    var processes: Set<pid_t> = []
    var folders: Set<String> = []
  }

  private let content = Mutex(Content())

  func add(process: pid_t) { _ = content.withLock { $0.processes.insert(process) } }
  func remove(process: pid_t) { _ = content.withLock { $0.processes.remove(process) } }

  /// A folder of our own; where a PostgreSQL has its data there, it is ended first.
  func add(folder: String) { _ = content.withLock { $0.folders.insert(folder) } }

  /// Removes a folder that is no longer needed.
  func remove(folder: String) {
    _ = content.withLock { $0.folders.remove(folder) }
    try? FileManager.default.removeItem(atPath: folder)  // may be gone already
  }

  func end() {
    let left = content.withLock { content in
      defer { content = Content() }
      return content
    }
    for process in left.processes { kill(process, SIGKILL) }
    for folder in left.folders {
      let file = try? String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
      if let server = file?.split(separator: "\n").first.flatMap({ pid_t($0) }) {
        kill(server, SIGQUIT)
        var status: Int32 = 0
        waitpid(server, &status, 0)
      }
      try? FileManager.default.removeItem(atPath: folder)  // may be gone already
    }
  }
}
