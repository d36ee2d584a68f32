internal import Journal
public import Reports
internal import Synchronization

/// What is said of grounders and of waits.
extension ServiceMetrics {
  /// The labels of what runs.
  struct Running: Hashable, Sendable {
    let version: String
    let grounder: GrounderIdentity
  }

  /// What runs, once it is known; what ran before is shown no more.
  public func running(version: String, grounder: GrounderIdentity) {
    let now = Running(version: version, grounder: grounder)
    shown.withLock { shown in
      if let before = shown, before != now {
        let old = before.grounder
        buildInfo.remove(before.version, old.name, old.version, old.weightsSHA256, old.device)
        if old.device != grounder.device { networkMemory.remove(old.device) }
      }
      shown = now
      buildInfo[
        version, grounder.name, grounder.version, grounder.weightsSHA256, grounder.device
      ].set(1)
    }
  }

  /// Another grounder was to take over.
  public func changed(_ result: Change) { changes[result.rawValue].increment() }

  /// A shadow has put a report into the ledger.
  func shadowed() { shadowReports.increment() }

  /// A shadow could take no more.
  func shadowDroppedOne() { shadowDropped.increment() }

  /// A shadow made nothing of a report, or could not be loaded.
  public func shadowFailed(_ cause: ShadowFailure) { shadowFailures[cause.rawValue].increment() }

  /// Counts a wait that others cause for as long as it lasts.
  func waiting<Value>(
    for what: Retry, isolation: isolated (any Actor)? = #isolation,
    _ wait: () async throws -> Value
  ) async rethrows -> Value {
    retryWaits[what.rawValue].add(1)
    defer { retryWaits[what.rawValue].add(-1) }
    return try await wait()
  }

  /// True while something waits for somebody else's server or for memory: standing still is then no
  /// fault of ours.
  public var isWaitingForOthers: Bool {
    Retry.allCases.contains { retryWaits[$0.rawValue].value > 0 }
  }

  /// The loop that reads the inbound topic went round.
  func turned() { turns.increment() }

  /// How often that loop has gone round.
  public var intakeTurns: UInt64 { UInt64(turns.value) }
}
