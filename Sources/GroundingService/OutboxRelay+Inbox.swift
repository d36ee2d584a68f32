internal import Synchronization

extension OutboxRelay {
  /// Rows on their way to the relay: put in without waiting, since the relay may be waiting for Kafka.
  final class Inbox: Sendable {
    private struct Content {
      var rows: [OutboxRow] = []
      var bytes = 0
    }

    private let content = Mutex(Content())

    var count: Int { content.withLock { $0.rows.count } }
    var bytes: Int { content.withLock { $0.bytes } }

    func put(_ rows: [OutboxRow]) {
      let bytes = rows.reduce(0) { $0 + $1.bytes }
      content.withLock { content in
        content.rows.append(contentsOf: rows)
        content.bytes += bytes
      }
    }

    func takeAll() -> [OutboxRow] {
      content.withLock { content in
        defer { content = Content() }
        return content.rows
      }
    }
  }
}
