internal import Foundation
internal import JSON
internal import PostgresClient
internal import Synchronization
internal import Threads

/// Runs daemons while things go wrong around them, and verifies that nothing was lost or doubled.
///
/// Each run is drawn from its seed, and is the same for the same seed as far as clocks allow.
@main struct Chaos: Sendable {
  let options: Options
  private let leftovers = Leftovers()

  static func main() async {
    let executable = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    do {
      let options = try Options(
        Array(CommandLine.arguments.dropFirst()),
        environment: ProcessInfo.processInfo.environment, beside: executable)
      exit(await Chaos(options: options).run() ? 0 : 1)
    } catch {
      say("chaos: \(error)")
      exit(2)
    }
  }

  /// True when every run was good.
  private func run() async -> Bool {
    let leftovers = leftovers
    let listener = Task {
      for await _ in Signals.arrivals() {
        leftovers.end()
        exit(130)
      }
    }
    defer { listener.cancel() }
    let book = Book()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<min(options.jobs, options.runs) {
        group.addTask { await work(book) }
      }
    }
    let result = book.summary
    for line in result.lines { Self.say(line) }
    leftovers.end()
    return result.failed.isEmpty && result.outcomes.count == options.runs
  }

  /// One run after the other, with one PostgreSQL for all of them.
  private func work(_ book: Book) async {
    do {
      // A killed server loses nothing that the kernel has: only the waiting for the disk is left out.
      let postgres = try PrivatePostgres(
        isDurable: false,
        settings: [
          ("synchronous_commit", "on"), ("full_page_writes", "on"), ("shared_buffers", "32MB"),
        ])
      leftovers.add(folder: postgres.folder)
      while true {
        let number = book.takeNumber()
        guard number < options.runs else { break }
        book.note(await carryOut(options.seed + UInt64(number), on: postgres))
      }
      await postgres.remove()
      leftovers.remove(folder: postgres.folder)
    } catch {
      Self.say("chaos: \(error)")
    }
  }

  private func carryOut(_ seed: UInt64, on postgres: PrivatePostgres) async -> Outcome {
    let plan = Plan(seed: seed, ownBrokers: options.kafka == nil)
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "grounded-chaos-\(seed)-\(UUID().uuidString)").path
    leftovers.add(folder: folder)
    let outcome = await Trial(
      plan: plan, options: options, postgres: postgres, folder: folder, leftovers: leftovers
    ).run()
    Self.say(outcome.line)
    for violation in outcome.violations.prefix(12) { Self.say("  \(violation)") }
    if !outcome.violations.isEmpty { keep(folder, of: outcome) }
    leftovers.remove(folder: folder)
    return outcome
  }

  /// Puts what the daemons said, and what is wrong, where it stays.
  private func keep(_ folder: String, of outcome: Outcome) {
    let place = "\(options.folder)/seed-\(outcome.plan.seed)"
    let files = FileManager.default
    do {
      try files.createDirectory(atPath: options.folder, withIntermediateDirectories: true)
      try? files.removeItem(atPath: place)  // of an earlier run, if any
      try files.copyItem(atPath: folder, toPath: place)
      try Data(outcome.json.bytes).write(to: URL(filePath: "\(place)/run.json"))
      Self.say("  kept in \(place)")
    } catch {
      Self.say("  cannot be kept in \(place): \(error)")
    }
  }

  /// Which runs are given out, and what came of them.
  private final class Book: Sendable {
    private let content = Mutex((next: 0, summary: Summary()))

    var summary: Summary { content.withLock { $0.summary } }

    func takeNumber() -> Int {
      content.withLock { content in
        defer { content.next += 1 }
        return content.next
      }
    }

    func note(_ outcome: Outcome) { content.withLock { $0.summary.add(outcome) } }
  }

  private static func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }
}
