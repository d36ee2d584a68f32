import Glibc
import Testing

@testable import Journal

@Suite struct `The readiness` {
  @Test(arguments: [false, true])
  func `reaches the service manager's socket`(isAbstract: Bool) throws {
    let manager = try Manager(isAbstract: isAbstract)
    let readiness = Readiness(environment: ["NOTIFY_SOCKET": manager.name], processID: 1)
    #expect(readiness.isHeard)
    readiness.ready("grounding\nWATCHDOG=1")
    #expect(manager.next() == "READY=1\nSTATUS=grounding WATCHDOG=1")
    readiness.status("3 partitions")
    #expect(manager.next() == "STATUS=3 partitions")
    readiness.ping()
    #expect(manager.next() == "WATCHDOG=1")
    readiness.extendTimeout(by: .milliseconds(1_500))
    #expect(manager.next() == "EXTEND_TIMEOUT_USEC=1500000")
    readiness.stopping()
    #expect(manager.next() == "STOPPING=1")
  }

  @Test func `says when a reload began`() throws {
    let manager = try Manager(isAbstract: true)
    Readiness(environment: ["NOTIFY_SOCKET": manager.name], processID: 1).reloading()
    let lines = manager.next().split(separator: "\n")
    #expect(lines.first == "RELOADING=1")
    let time = try #require(lines.last?.split(separator: "=").last.flatMap { Int64($0) })
    #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true && time > 0)
  }

  @Test(arguments: [
    [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "relative"],
    ["NOTIFY_SOCKET": "/nowhere/" + String(repeating: "x", count: 300)],
    ["NOTIFY_SOCKET": "/nowhere/at/all"],
  ])
  func `drops what nobody can hear`(environment: [String: String]) {
    Readiness(environment: environment, processID: 1).ready()
  }

  @Test func `reads how often the watchdog wants to hear something`() {
    func interval(_ environment: [String: String]) -> Duration? {
      Readiness(environment: environment, processID: 42).watchdogInterval
    }
    #expect(interval(["WATCHDOG_USEC": "30000000"]) == .seconds(30))
    #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"]) == .seconds(30))
    #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"]) == nil)
    #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "x"]) == nil)
    #expect(interval(["WATCHDOG_USEC": "0"]) == nil)
    #expect(interval(["WATCHDOG_USEC": "soon"]) == nil)
    #expect(interval([:]) == nil)
  }
}

@Suite struct `The progress watchdog` {
  private let start = ContinuousClock.now
  private var watchdog: ProgressWatchdog

  init() { watchdog = ProgressWatchdog(startedAt: start, stuckAfter: .seconds(60)) }

  /// What it decides so long after the start, when the loops have gone round unless told otherwise.
  private mutating func decide(
    _ seconds: Int, steps: UInt64, waiting: Int, turns: UInt64? = nil, answers: UInt64? = nil,
    isExcused: Bool = false
  ) -> ProgressWatchdog.Decision {
    let round = UInt64(seconds)
    return watchdog.decide(
      ProgressWatchdog.Signs(
        steps: steps, waiting: waiting, turns: turns ?? round, answers: answers ?? round,
        isExcused: isExcused), at: start + .seconds(seconds))
  }

  @Test mutating func `pings after progress, and when nothing waits`() {
    #expect(decide(0, steps: 0, waiting: 0) == .ping)
    #expect(decide(1, steps: 1, waiting: 5) == .ping)
    #expect(decide(500, steps: 1, waiting: 0) == .ping)
  }

  @Test mutating func `is silent while work waits and nothing moves, and pings again afterwards`() {
    #expect(decide(1, steps: 7, waiting: 3) == .ping)
    #expect(decide(6, steps: 7, waiting: 3) == .silence(for: .seconds(5)))
    #expect(decide(9, steps: 7, waiting: 4) == .silence(for: .seconds(8)))
    #expect(decide(10, steps: 8, waiting: 4) == .ping)
    #expect(decide(12, steps: 8, waiting: 4) == .silence(for: .seconds(2)))
    #expect(ProgressWatchdog.period(for: .seconds(60)) == .seconds(15))
  }

  @Test mutating func `gives up when work has stood still for long`() {
    #expect(decide(1, steps: 7, waiting: 3) == .ping)
    #expect(decide(60, steps: 7, waiting: 3) == .silence(for: .seconds(59)))
    #expect(decide(61, steps: 7, waiting: 3) == .stuck(.work, for: .seconds(60)))
  }

  @Test mutating func `has patience with somebody else's server, however long it is down`() {
    #expect(decide(1, steps: 7, waiting: 3, isExcused: true) == .ping)
    #expect(decide(900, steps: 7, waiting: 3, isExcused: true) == .ping)
    #expect(decide(905, steps: 7, waiting: 3) == .silence(for: .seconds(5)))
  }

  @Test mutating func `gives up when the consumer stands still, even with nothing to do`() {
    #expect(decide(1, steps: 0, waiting: 0, turns: 1) == .ping)
    #expect(decide(9, steps: 0, waiting: 0, turns: 1) == .ping)
    #expect(decide(31, steps: 0, waiting: 0, turns: 1) == .silence(for: .seconds(30)))
    #expect(decide(61, steps: 0, waiting: 0, turns: 1) == .stuck(.consumer, for: .seconds(60)))
  }

  @Test mutating func `gives up when nobody answers any more`() {
    #expect(decide(1, steps: 0, waiting: 0, answers: 1) == .ping)
    #expect(decide(61, steps: 9, waiting: 0, answers: 1) == .stuck(.tasks, for: .seconds(60)))
  }
}

/// Stands in for the service manager: a datagram socket that is read without waiting.
private final class Manager {
  let name: String
  private let descriptor: Int32

  init(isAbstract: Bool) throws {
    let unique = "grounded-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    name = isAbstract ? "@\(unique)" : "/tmp/\(unique)"
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    if isAbstract { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(2 + bytes.count + (isAbstract ? 0 : 1))
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    try #require(code == 0)
  }

  deinit {
    close(descriptor)
    if name.hasPrefix("/") { unlink(name) }
  }

  func next() -> String {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
