internal import FoundationEssentials
internal import Glibc
internal import GroundingService
internal import Synchronization

/// The faults that a test lets this process have, by two variables of the environment.
///
/// `GROUNDED_TEST_FAULT=kill:committed:3` is SIGKILL when the step is reached for the third time, `stop`
/// in its place SIGSTOP. `GROUNDED_TEST_CLOCK=-3600@5` sets the clock an hour back after five seconds.
/// Without them nothing is different.
struct TestFaults {
  /// A variable that says nothing we know.
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  private var fatal: (step: Step, signal: Int32, count: Int)?
  private var clock: (seconds: Double, after: Duration)?

  init(_ environment: [String: String]) throws(Unreadable) {
    if let text = environment["GROUNDED_TEST_FAULT"] {
      let parts = text.split(separator: ":").map { String($0) }
      guard parts.count == 3, let signal = ["kill": SIGKILL, "stop": SIGSTOP][parts[0]],
        let step = Step(rawValue: parts[1]), let count = Int(parts[2]), count > 0
      else { throw Unreadable(description: "GROUNDED_TEST_FAULT=\(text) is no fault") }
      fatal = (step, signal, count)
    }
    if let text = environment["GROUNDED_TEST_CLOCK"] {
      let parts = text.split(separator: "@").compactMap { Double($0) }
      guard parts.count == 2 else {
        throw Unreadable(description: "GROUNDED_TEST_CLOCK=\(text) is no step of a clock")
      }
      clock = (parts[0], .seconds(parts[1]))
    }
  }

  /// These surroundings, with the faults in them.
  func applied(to real: Surroundings) -> Surroundings {
    var surroundings = real
    if let fatal {
      let visits = Visits()
      surroundings.reached = { step in
        guard step == fatal.step, visits.next() == fatal.count else { return }
        kill(getpid(), fatal.signal)
      }
    }
    if let clock {
      let begin = ContinuousClock.now
      surroundings.now = {
        let isLater = ContinuousClock.now - begin >= clock.after
        return real.now() + (isLater ? clock.seconds : 0)
      }
    }
    return surroundings
  }

  private final class Visits: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
  }
}
