internal import Foundation
internal import Synchronization

/// Processes and folders to be rid of when the program ends early.
final class Leftovers: Sendable {
  private struct Content {
    var processes: Set<pid_t> = []
    var folders: Set<String> = []
    var isOver = false
  }

  private let content = Mutex(Content())

  /// One that is started when all has ended is ended at once.
  func add(process: pid_t) {
    let isOver = content.withLock { content in
      content.processes.insert(process)
      return content.isOver
    }
    if isOver { kill(process, SIGKILL) }
  }

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
      content.isOver = true
      return content
    }
    for process in left.processes { kill(process, SIGKILL) }
    // A server may just be starting, and write while its folder is removed.
    for _ in 0..<Self.attemptsMax {
      let folders = left.folders.filter { FileManager.default.fileExists(atPath: $0) }
      if folders.isEmpty { return }
      for folder in folders { end(serverIn: folder) }
      usleep(20_000)
    }
  }

  private static let attemptsMax = 250

  private func end(serverIn folder: String) {
    let file = try? String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
    if let server = file?.split(separator: "\n").first.flatMap({ pid_t($0) }) {
      kill(server, SIGQUIT)
      var status: Int32 = 0
      waitpid(server, &status, 0)
    }
    try? FileManager.default.removeItem(atPath: folder)  // another attempt follows
  }
}
