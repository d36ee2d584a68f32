internal import KafkaClient
internal import PostgresClient
internal import Synchronization

/// Lets faults happen, and undoes them.
struct Injector: Sendable {
  let cluster: Cluster
  let postgres: PrivatePostgres
  /// The run's database.
  let uri: String
  let images: ImageShelf
  let members: [Member]
  /// Starts one more daemon, and returns it.
  let join: @Sendable () async -> Member

  /// Lets all faults happen at their times; returns when the last one is over.
  /// - Returns: those that came true.
  func run(_ faults: [TimedFault]) async -> [TimedFault] {
    let begin = ContinuousClock.now
    return await withTaskGroup(of: TimedFault?.self) { group in
      for timed in faults where !timed.fault.isGivenAtStart {
        group.addTask {
          try? await Task.sleep(until: begin + timed.at, clock: .continuous)  // never cancelled
          do {
            return try await happen(timed.fault) ? timed : nil
          } catch {
            return nil  // another fault was in its way
          }
        }
      }
      var struck: [TimedFault] = []
      for await timed in group { if let timed { struck.append(timed) } }
      return struck
    }
  }

  private func happen(_ fault: Fault) async throws -> Bool {
    switch fault {
    case .diesAt, .freezesAt, .clock: return false
    case .kill(let number, let time): return await members[number].kill(downFor: time)
    case .freeze(let number, let time):
      let isFrozen = await members[number].freeze(for: time)
      if isFrozen { try await Task.sleep(for: time) }
      return isFrozen
    case .leave(let number, let time): return await members[number].leave(for: time)
    case .join(let time):
      let member = await join()
      try await Task.sleep(for: time)
      _ = await member.end(within: .seconds(30))
    case .images(let mood, let time):
      images.become(mood)
      try await Task.sleep(for: time)
      images.become(.well)
    case .databaseCrash(let time):
      await postgres.stop(.immediate)
      try await Task.sleep(for: time)
      try await postgres.start()
    case .databaseRestart: try await postgres.restart(.fast)
    case .sessionsEnded, .diskFull, .lock: try await disturb(fault)
    case .brokerDown, .brokerSlow, .coordinatorMoved, .leaderMoved, .requestErrors:
      return try await disturbBrokers(fault)
    }
    return true
  }

  private func disturb(_ fault: Fault) async throws {
    let database = Database(uri: uri, applicationName: "chaos")
    switch fault {
    case .sessionsEnded:
      try await database.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name LIKE 'grounded %' AND datname = current_database()
        """)
    case .diskFull(let time):
      try await database.script(Self.fillDisk)
      try await Task.sleep(for: time)
      try await database.script(Self.emptyDisk)
    case .lock(let table, let time):
      try await database.transaction { session throws(PostgresError) in
        try session.script("LOCK TABLE grounded.\(table) IN ACCESS EXCLUSIVE MODE")
        try session.execute("SELECT pg_sleep($1)", [.real(time / .seconds(1))])
      }
    default: preconditionFailure("\(fault) is not the database's")
    }
    await database.disconnect()
  }

  /// Whatever adds a row is told what PostgreSQL says of a full disk.
  private static let fillDisk = """
    CREATE OR REPLACE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file';
    END $$;
    CREATE OR REPLACE TRIGGER full_disk BEFORE INSERT ON grounded.outbox
      FOR EACH ROW EXECUTE FUNCTION public.full_disk();
    """
  private static let emptyDisk = "DROP TRIGGER IF EXISTS full_disk ON grounded.outbox"

  private func disturbBrokers(_ fault: Fault) async throws -> Bool {
    guard let brokers = cluster.brokers else { return false }
    switch fault {
    case .brokerDown(let broker, let time):
      try brokers.stopBroker(broker)
      try await Task.sleep(for: time)
      try brokers.startBroker(broker)
    case .brokerSlow(let broker, let delay, let time):
      try brokers.setRoundTrip(delay, broker: broker)
      try await Task.sleep(for: time)
      try brokers.setRoundTrip(.zero, broker: broker)
    case .coordinatorMoved(let broker):
      try brokers.setCoordinator(broker, ofGroup: cluster.group)
    case .leaderMoved(let topic, let partition, let broker):
      try brokers.setLeader(
        broker, of: TopicPartition(topic: cluster.topics[topic], partition: partition))
    case .requestErrors(let request, let codes):
      brokers.injectErrors(request: request, codes: codes)
    default: preconditionFailure("\(fault) is not the brokers'")
    }
    return true
  }

  /// Undoes everything that may still be wrong.
  func heal() async throws {
    images.become(.well)
    try cluster.heal()
    try await postgres.start()
    let database = Database(uri: uri, applicationName: "chaos")
    try await database.script(Self.emptyDisk)
    await database.disconnect()
    for member in members { await member.heal() }
  }
}
