internal import CRdKafka
internal import Synchronization

/// Where librdkafka's own log lines go: severity as syslog counts it (0 emergency … 7 debug),
/// librdkafka's name for the matter, the text. Called on librdkafka's threads; must not block.
public typealias KafkaLogger =
  @Sendable (_ level: Int32, _ facility: String, _ text: String) -> Void

/// Owner of a running client.
///
/// `@unchecked Sendable` because every function of `rdkafka.h` that takes an `rd_kafka_t` or a
/// queue is thread safe (librdkafka, INTRODUCTION, “Threads and callbacks”); the pointers never change.
/// Callers hold this object during a call, so the client is destroyed only when the last one is back.
final class Client: @unchecked Sendable {
  let pointer: OpaquePointer
  /// The queue of delivery reports and of answers.
  let queue: OpaquePointer
  let context: ClientContext
  /// Opens when librdkafka's threads are gone.
  let destroyed = Latch()

  init(
    _ kind: rd_kafka_type_t, _ settings: KafkaSettings, _ context: ClientContext,
    prepare: (OpaquePointer) -> Void = { _ in }
  ) throws(KafkaError) {
    let configuration = try Configuration(settings, context)
    prepare(configuration.pointer)
    pointer = try configuration.start(kind)
    queue =
      kind == RD_KAFKA_CONSUMER ? rd_kafka_queue_new(pointer) : rd_kafka_queue_get_main(pointer)
    self.context = context
  }

  deinit {
    // Destroying joins librdkafka's threads and may wait for a socket: nobody stands behind it.
    let remains = Remains(pointer: pointer, queue: queue, context: context)
    onOwnThread { [destroyed] in
      remains.destroy()
      destroyed.open()
    }
  }

  func use<Value, Failure: Error>(
    _ body: (OpaquePointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try withExtendedLifetime(self) { () throws(Failure) -> Value in try body(pointer) }
  }
}

/// What is left of a client for the thread that destroys it; it alone has them.
private struct Remains: @unchecked Sendable {
  let pointer: OpaquePointer
  let queue: OpaquePointer
  let context: ClientContext

  func destroy() {
    rd_kafka_queue_destroy(queue)
    // A consumer that should leave its group has been closed before; this one may not hang on it.
    rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    withExtendedLifetime(context) {}  // librdkafka's threads log until here
  }
}

/// What librdkafka's callbacks reach: it is the client's “opaque”.
final class ClientContext: Sendable {
  let logger: KafkaLogger
  /// What callbacks have left for the next poll.
  let events = Mutex<[KafkaEvent]>([])
  let isClosing = Atomic(false)
  /// True from a commit until its answer comes, which `poll` takes.
  private let isCommitting = Atomic(false)

  init(logger: @escaping KafkaLogger) { self.logger = logger }

  static func of(_ client: OpaquePointer?) -> ClientContext? {
    guard let client, let opaque = rd_kafka_opaque(client) else { return nil }
    return Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue()
  }

  /// False while another commit is under way.
  func beginCommit() -> Bool {
    !isCommitting.exchange(true, ordering: .sequentiallyConsistent)
  }

  func endCommit() { isCommitting.store(false, ordering: .sequentiallyConsistent) }

  func leave(_ event: KafkaEvent) { events.withLock { $0.append(event) } }

  func next() -> KafkaEvent? { events.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

/// Owner of the settings until a client takes them over.
struct Configuration: ~Copyable {
  let pointer: OpaquePointer

  init(_ settings: KafkaSettings, _ context: ClientContext) throws(KafkaError) {
    pointer = rd_kafka_conf_new()
    var reason = CText()
    for (name, value) in settings.properties {
      let result = reason.fill { rd_kafka_conf_set(pointer, name, value, $0, $1) }
      guard result == RD_KAFKA_CONF_OK else {
        // The value of a name that librdkafka does not know may be a password beside a misspelt name.
        let isOpen = result != RD_KAFKA_CONF_UNKNOWN && !KafkaSettings.isSecret(name)
        throw .refusedSetting(name: name, value: isOpen ? value : "…", reason: reason.string)
      }
    }
    rd_kafka_conf_set_opaque(pointer, Unmanaged.passUnretained(context).toOpaque())
    rd_kafka_conf_set_log_cb(pointer) { client, level, facility, text in
      guard let context = ClientContext.of(client), let facility, let text else { return }
      context.logger(level, String(cString: facility), String(cString: text))
    }
  }

  deinit { rd_kafka_conf_destroy(pointer) }

  consuming func start(_ kind: rd_kafka_type_t) throws(KafkaError) -> OpaquePointer {
    var reason = CText()
    let client = reason.fill { rd_kafka_new(kind, pointer, $0, $1) }
    guard let client else {
      _ = consume self  // still ours: `deinit` frees it
      throw .cannotStart(reason: reason.string)
    }
    discard self  // librdkafka's now: no `deinit`
    return client
  }
}

/// The place of a client that can be closed.
final class ClientPlace: Sendable {
  private let client: Mutex<Client?>

  init(_ client: Client) { self.client = Mutex(client) }

  func current() throws(KafkaError) -> Client {
    guard let client = client.withLock({ $0 }) else { throw .closed }
    return client
  }

  /// The client, the first time; from then on it is closed for everybody.
  func take() -> Client? {
    client.withLock { client in
      defer { client = nil }
      return client
    }
  }
}
