public import FoundationEssentials
internal import Glibc

/// The parts of the outside world that differ on every run. Passed in; never looked up.
public struct Surroundings: Sendable {
  public var now: @Sendable () -> Date
  /// A number in 0..<1, for jitter.
  public var chance: @Sendable () -> Double
  /// Waits; throws when the task is cancelled.
  public var wait: @Sendable (Duration) async throws -> Void
  /// Told of every step; a test may let the process die there.
  public var reached: @Sendable (Step) -> Void
  /// Told that a device is lost, without which nothing goes on: who can ends the process.
  public var lost: @Sendable (any Error) -> Void

  public init(
    now: @escaping @Sendable () -> Date, chance: @escaping @Sendable () -> Double,
    wait: @escaping @Sendable (Duration) async throws -> Void,
    reached: @escaping @Sendable (Step) -> Void = { _ in },
    lost: @escaping @Sendable (any Error) -> Void = { _ in }
  ) {
    self.now = now
    self.chance = chance
    self.wait = wait
    self.reached = reached
    self.lost = lost
  }

  /// The real world. A lost device ends the process at once, to be started again: what is in the ledger is whole
  /// whenever that happens.
  public static let real = Surroundings(
    now: { Date() }, chance: { Double.random(in: 0..<1) },
    wait: { try await Task.sleep(for: $0) }, lost: { _ in _exit(1) })
}
