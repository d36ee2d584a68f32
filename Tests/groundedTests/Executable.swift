import Foundation
import Testing

/// The executable as a process of its own, as a service manager would run it.
final class Executable: Sendable {
  private let process: Process
  private let ends: AsyncStream<Int32>
  private let errors: URL

  /// Starts it; what it writes to standard error is kept for a failing test.
  ///
  /// - Parameters:
  ///   - folder: takes a file with what it says.
  ///   - environment: what it finds beside the tests' own.
  init(_ words: [String], in folder: URL, environment: [String: String] = [:]) throws {
    errors = folder.appending(path: "\(words[0])-\(UUID()).log")
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    let process = Process()
    process.executableURL = try Self.program()
    process.arguments = words
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    let (ends, end) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = { ended in
      end.yield(ended.terminationStatus)
      end.finish()
    }
    self.process = process
    self.ends = ends
    try process.run()
  }

  /// The program, which was built beside the tests.
  static func program() throws -> URL {
    try #require(Bundle.main.executableURL).deletingLastPathComponent()
      .appending(path: "grounded")
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var isRunning: Bool { process.isRunning }

  /// What it wrote to standard error until now.
  var complaint: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

  /// Asks it to read its configuration again.
  func reload() { kill(process.processIdentifier, SIGHUP) }

  /// Returns once it has said that on standard error, so often.
  func says(_ text: String, times: Int = 1) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while complaint.components(separatedBy: text).count <= times {
      guard isRunning, ContinuousClock.now < deadline else {
        throw Servers.Silence(description: "never “\(text)”; it said: \(complaint)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Its exit status, once it ends by itself.
  func status() async -> Int32 {
    for await status in ends { return status }
    return process.terminationStatus
  }

  /// Ends it at once, as a lack of memory would.
  func killed() async {
    kill(process.processIdentifier, SIGKILL)
    _ = await status()
  }

  /// Its exit status after SIGTERM.
  func stopped() async -> Int32 {
    process.terminate()
    return await status()
  }
}
