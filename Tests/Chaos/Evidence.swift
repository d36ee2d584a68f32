internal import KafkaClient

/// A place on the inbound topic.
struct Source: Hashable, Comparable, Sendable, CustomStringConvertible {
  let partition: Int32
  let offset: Int64

  static func < (one: Source, other: Source) -> Bool {
    (one.partition, one.offset) < (other.partition, other.offset)
  }

  var description: String { "\(partition)/\(offset)" }
}

/// What a run left behind, as whoever looks finds it: nothing here went through the daemon's own code.
struct Evidence: Sendable {
  /// A message on the inbound topic.
  struct Accepted: Hashable, Sendable {
    let source: Source
    let number: Int
  }

  /// A row of the ledger.
  struct Row: Hashable, Sendable {
    /// Nil when its position is not there.
    let source: Source?
    /// Of a grounding.
    var groundingID: String?
    var reportID: String?
    var sentences: Int?
    /// Of a rejection.
    var code: String?
  }

  /// A message on an outbound topic.
  struct Published: Hashable, Sendable {
    let topic: String
    let place: Source
    let id: String
    let key: String
    /// What it says that it was made of.
    let source: Source
    /// Of a rejection.
    var code: String?
    /// Set by whoever sent it, and the same for an attempt that librdkafka repeats by itself.
    var timestamp: Int64 = 0
  }

  var accepted: [Accepted] = []
  /// Where Kafka told the producer that its messages stand, by number.
  var written: [Int: Source] = [:]
  var groundings: [Row] = []
  var rejections: [Row] = []
  var published: [Published] = []
  /// Rows still in the outbox.
  var outbox: [Row] = []
  /// The ledger's positions by partition.
  var positions: [Int32: Int64] = [:]
  /// Where the inbound partitions end.
  var ends: [Int32: Int64] = [:]
  /// Notes of outbound progress that name no position, or a place that the topic does not have.
  var strayNotes: [String] = []
}
