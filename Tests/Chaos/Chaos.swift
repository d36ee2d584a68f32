internal import Foundation
internal import Synchronization
internal import Threads

/// Runs daemons while things go wrong around them, and verifies that nothing was lost or doubled.
///
/// Each run is drawn from its seed, and is the same for the same seed as far as clocks allow. It has a
/// process of its own, with a PostgreSQL and brokers of its own: what one breaks, no other run notices.
@main struct Chaos: Sendable {
  let options: Options
  private let runs: Runs

  static func main() async {
    let executable = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    do {
      let options = try Options(
        Array(CommandLine.arguments.dropFirst()),
        environment: ProcessInfo.processInfo.environment, beside: executable)
      if let folder = options.onlyRun {
        try await Trial(options: options, folder: folder).run().write(to: folder)
        exit(0)
      }
      let chaos = Chaos(options: options, runs: Runs(options: options, executable: executable))
      let isGood = await chaos.run()
      exit(chaos.runs.isOver ? 130 : isGood ? 0 : 1)
    } catch {
      say("chaos: \(error)")
      exit(2)
    }
  }

  /// True when every run was good.
  private func run() async -> Bool {
    let runs = runs
    let listener = Task {
      for await _ in Signals.arrivals() { runs.end() }
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
    return result.failed.isEmpty && result.outcomes.count == options.runs
  }

  /// One run after the other.
  private func work(_ book: Book) async {
    do {
      while true {
        let number = book.takeNumber()
        guard number < options.runs else { break }
        let seed = options.seed + UInt64(number)
        guard let (outcome, place) = try await runs.carryOut(seed) else { break }
        Self.say(outcome.line)
        for violation in outcome.violations.prefix(12) { Self.say("  \(violation)") }
        if let place { Self.say("  kept in \(place)") }
        book.note(outcome)
      }
    } catch {
      Self.say("chaos: \(error)")
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
