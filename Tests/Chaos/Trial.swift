internal import Foundation
internal import GroundingService
internal import KafkaClient
internal import PostgresClient

/// One run: daemons, messages and faults, and what came of them.
struct Trial: Sendable {
  private let plan: Plan
  private let options: Options
  private let postgres: PrivatePostgres
  /// Takes what the daemons say, and the server.
  private let folder: String

  init(options: Options, folder: String) throws {
    plan = Plan(seed: options.seed, ownBrokers: options.kafka == nil)
    self.options = options
    self.folder = folder
    // A killed server loses nothing that the kernel has: only the waiting for the disk is left out.
    postgres = try PrivatePostgres(
      in: folder, isDurable: false,
      settings: [
        ("synchronous_commit", "on"), ("full_page_writes", "on"), ("shared_buffers", "32MB"),
      ])
  }

  func run() async -> Outcome {
    var outcome = Outcome(plan: plan)
    let begin = ContinuousClock.now
    do {
      try await run(&outcome)
    } catch {
      outcome.violations.append(Violation(.misbehaved, "the run broke off: \(error)"))
    }
    outcome.lasted = .now - begin
    await postgres.remove()
    return outcome
  }

  private func run(_ outcome: inout Outcome) async throws {
    let uri = postgres.uri
    try await postgres.start()
    let database = Database(uri: uri, applicationName: "chaos")
    _ = try await Migrations(folder: options.migrations).apply(to: database)
    await database.disconnect()
    let cluster = try options.kafka.map { try Cluster(addresses: $0) } ?? Cluster()
    defer { cluster.close() }
    let shelf = "\(folder)/images"
    try FileManager.default.createDirectory(atPath: shelf, withIntermediateDirectories: true)
    let images = try ImageShelf(folder: shelf)
    let crew = Crew(words(uri, cluster, images), folder: folder)
    let members = await crew.start(plan)
    let injector = Injector(
      cluster: cluster, postgres: postgres, uri: uri, images: images, members: members,
      join: { await crew.add() })
    var written: [Int: KafkaPosition] = [:]
    let dispatches = Dispatch.all(of: plan, images: images)
    do {
      written = try await exchange(dispatches, cluster, injector, crew, uri, &outcome)
    } catch {
      _ = await crew.end(within: .seconds(5))
      throw error
    }
    outcome.struck += await crew.struck(of: plan)
    let misdeeds = await crew.end(within: .seconds(25))
    outcome.violations += misdeeds.map { Violation(.misbehaved, $0) }
    let evidence = try await Evidence(ledger: uri, cluster: cluster, written: written)
    let verifier = Verifier(
      dispatches: dispatches, evidence: evidence, brokersDropRepeats: cluster.brokers == nil)
    outcome.accepted = evidence.accepted.count
    outcome.groundings = evidence.groundings.count
    outcome.rejections = evidence.rejections.count
    outcome.published = evidence.published.count
    outcome.repeats = verifier.repeats
    outcome.violations += verifier.violations
  }

  /// Sends and lets things go wrong; then mends everything, and waits until all is through.
  private func exchange(
    _ dispatches: [Dispatch], _ cluster: Cluster, _ injector: Injector, _ crew: Crew,
    _ uri: String, _ outcome: inout Outcome
  ) async throws -> [Int: KafkaPosition] {
    var sender = try Sender(cluster)
    if !plan.isEarly { try await waitForPartition(uri) }
    async let faults = injector.run(plan.faults)
    try await sender.send(dispatches, over: plan.traffic)
    outcome.struck = await faults
    await crew.waitForFrozen(atMost: .seconds(9))
    let begin = ContinuousClock.now
    try await injector.heal()
    for member in await crew.members { await member.heal() }
    guard try await sender.finish(within: options.bound) else {
      throw Failure(description: "the producer could not send everything")
    }
    if try await isThrough(uri, cluster, before: begin + options.bound) {
      outcome.settled = .now - begin
    } else {
      outcome.violations.append(Violation(.stuck, "not through after \(options.bound)"))
    }
    return sender.written
  }

  /// Waits until a daemon has taken a partition over, or until that takes too long.
  private func waitForPartition(_ uri: String) async throws {
    let deadline = ContinuousClock.now + .seconds(9)
    let database = Database(uri: uri, applicationName: "chaos watch")
    while ContinuousClock.now < deadline {
      let rows = try await database.execute("SELECT count(*) FROM grounded.position")
      if rows.integer(0, 0) ?? 0 > 0 { break }
      try await Task.sleep(for: .milliseconds(100))
    }
    await database.disconnect()
  }

  /// Why a run says nothing.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// True once every position is at its topic's end and the outbox is empty.
  private func isThrough(
    _ uri: String, _ cluster: Cluster, before deadline: ContinuousClock.Instant
  ) async throws -> Bool {
    let consumer = try KafkaConsumer(
      cluster.settings.overridden(by: KafkaSettings([("group.id", "chaos-watch")])),
      logger: { _, _, _ in })
    defer { consumer.close(within: .seconds(2)) }
    let inbound = (0..<Plan.partitions).map {
      TopicPartition(topic: cluster.topics[0], partition: $0)
    }
    let ranges = try consumer.watermarks(of: inbound, timeout: .seconds(20))
    let count = ranges.values.reduce(0) { $0 + $1.high }
    let database = Database(uri: uri, applicationName: "chaos watch")
    while ContinuousClock.now < deadline {
      let rows = try await database.execute(
        """
        SELECT (SELECT coalesce(sum(next_offset), 0)::bigint FROM grounded.position),
          (SELECT count(*) FROM grounded.outbox)
        """)
      if rows.integer(0, 0) == count && rows.integer(0, 1) == 0 {
        await database.disconnect()
        return true
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    await database.disconnect()
    return false
  }

  private func words(_ uri: String, _ cluster: Cluster, _ images: ImageShelf) -> [String] {
    var settings = cluster.daemonSettings.merging(plan.settings) { $1 }
    settings["postgres.uri"] = uri
    settings["images.allow"] = images.rules
    settings["http.listen"] = "off"
    settings["shutdown.grace"] = "10s"
    settings["grounder.threads"] = "1"
    settings["grounder.threshold"] = "0.7"
    settings["migrations.folder"] = options.migrations.path
    return [options.program, "serve"]
      + settings.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
  }
}
