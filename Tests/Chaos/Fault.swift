internal import GroundingService

/// One thing that goes wrong.
enum Fault: Hashable, Sendable {
  // The daemons; they are numbered from 0, and the group's manager starts one that died again.
  case kill(Int, downFor: Duration)
  case freeze(Int, lasting: Duration)
  case leave(Int, lasting: Duration)
  case join(lasting: Duration)
  /// The daemon kills itself when it reaches the step for the nth time.
  case diesAt(Int, Step, Int)
  case freezesAt(Int, Step, Int, lasting: Duration)
  case clock(Int, seconds: Int, after: Duration)

  // PostgreSQL.
  case databaseCrash(lasting: Duration)
  case databaseRestart
  case sessionsEnded
  case diskFull(lasting: Duration)
  case lock(table: String, lasting: Duration)

  // The brokers; nil is all of them.
  case brokerDown(Int32?, lasting: Duration)
  case brokerSlow(Int32, by: Duration, lasting: Duration)
  case coordinatorMoved(Int32)
  case leaderMoved(topic: Int, partition: Int32, to: Int32)
  /// The next requests of a kind (Kafka's API key) get these codes; −195 cuts the connection.
  case requestErrors(Int16, [Int32])

  // The images.
  case images(ImageShelf.Mood, lasting: Duration)

  /// What faults are counted by.
  var kind: String {
    switch self {
    case .kill: "killed"
    case .freeze(_, let time): time > .seconds(4) ? "frozen past its session" : "frozen"
    case .leave: "member left"
    case .join: "member joined"
    case .diesAt(_, let step, _): "killed at \(step)"
    case .freezesAt(_, let step, _, let time):
      time > .seconds(4) ? "frozen past its session at \(step)" : "frozen at \(step)"
    case .clock: "clock stepped"
    case .databaseCrash: "database crashed"
    case .databaseRestart: "database restarted"
    case .sessionsEnded: "sessions ended"
    case .diskFull: "disk full"
    case .lock(let table, _): "\(table) locked"
    case .brokerDown(let broker, _): broker == nil ? "brokers down" : "broker down"
    case .brokerSlow: "broker slow"
    case .coordinatorMoved: "coordinator moved"
    case .leaderMoved: "leader moved"
    case .requestErrors(let request, let codes):
      request == 0 ? "produce error \(codes[0])" : "\(Self.requests[request] ?? "request") errors"
    case .images(let mood, _): "images \(mood.rawValue)"
    }
  }

  /// True for what only brokers in this process let happen.
  var needsOwnBrokers: Bool {
    switch self {
    case .brokerDown, .brokerSlow, .coordinatorMoved, .leaderMoved, .requestErrors: true
    default: false
    }
  }

  /// True for what a daemon is given at its start.
  var isGivenAtStart: Bool {
    switch self {
    case .diesAt, .freezesAt, .clock: true
    default: false
    }
  }

  static let requests: [Int16: String] = [
    1: "fetch", 2: "list offsets", 3: "metadata", 8: "commit", 9: "offset fetch",
    10: "find coordinator", 11: "join", 12: "heartbeat", 14: "sync", 22: "producer id",
  ]
}

/// A fault and when it comes, counted from the first message.
struct TimedFault: Hashable, Sendable {
  let at: Duration
  let fault: Fault
}

extension TimedFault: CustomStringConvertible {
  /// For the line of a run: `killed at committed`, `disk full@2.3s`.
  var description: String {
    fault.isGivenAtStart ? fault.kind : "\(fault.kind)@\(at.shortText)"
  }
}

extension Duration {
  /// Seconds with one digit.
  var shortText: String {
    let tenths = Int((self / .milliseconds(100)).rounded())
    return "\(tenths / 10).\(tenths % 10)s"
  }
}
