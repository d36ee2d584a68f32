import Foundation
import TestKit
import Testing

@Suite struct `Faults drawn from seeds` {
  /// The executables as the tests were built: the daemon, and the harness around it.
  @Test(.timeLimit(.minutes(4)))
  func `lose nothing and double nothing`() async throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let programs = try #require(Bundle.main.executableURL).deletingLastPathComponent()
    let log = folder.appending(path: "log").path
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let process = Process()
    process.executableURL = programs.appending(path: "chaos")
    process.currentDirectoryURL = Place.repository
    process.arguments = [
      "--seed", "1", "--runs", "4", "--jobs", "4", "--folder",
      folder.appending(path: "failed").path,
    ]
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: log))
    let (ends, end) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = { ended in
      end.yield(ended.terminationStatus)
      end.finish()
    }
    try process.run()
    defer { if process.isRunning { process.terminate() } }  // it ends its daemons
    for await status in ends {
      let said = try String(contentsOfFile: log, encoding: .utf8)
      #expect(status == 0, "\(said)")
      #expect(said.contains("4 runs, "))
    }
  }
}
