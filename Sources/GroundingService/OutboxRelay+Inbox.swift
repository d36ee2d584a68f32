internal import Synchronization

extension OutboxRelay {
  /// Rows on their way to the relay: put in without waiting, since the relay may be waiting for Kafka.
  final class Inbox: Sendable {
    struct Arrival {
      let row: OutboxRow
      let tenure: Tenure
      /// When its transaction began, which found the epoch to be ours.
      let confirmedAt: ContinuousClock.Instant
    }

    private struct Content {
      var rows: [Arrival] = []
      var bytes = 0
    }

    private let content = Mutex(Content())

    var count: Int { content.withLock { $0.rows.count } }
    var bytes: Int { content.withLock { $0.bytes } }

    func put(_ rows: [OutboxRow], under tenure: Tenure, confirmedAt time: ContinuousClock.Instant) {
      let bytes = rows.reduce(0) { $0 + $1.bytes }
      content.withLock { content in
        content.rows.append(
          contentsOf: rows.map { Arrival(row: $0, tenure: tenure, confirmedAt: time) })
        content.bytes += bytes
      }
    }

    func takeAll() -> [Arrival] {
      content.withLock { content in
        defer { content = Content() }
        return content.rows
      }
    }
  }
}
