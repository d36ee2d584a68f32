internal import FoundationEssentials
internal import GroundingService
internal import Journal
internal import Threads

/// `grounded bench worker`: the daemon with the null grounder, which `bench pipeline` measures.
struct BenchWorker: Command {
  static let name = "bench worker"
  static let summary = "the daemon with the null grounder, as bench pipeline starts it"
  static let description = [
    """
    Runs the whole pipeline with a grounder that says the same of every report: no image, no \
    network, six regions. It names itself “null” in the ledger. For measuring only.
    """
  ]
  static let options = Option.configuration

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let signals = Signals.arrivals()
    let configuration = try arguments.configuration(environment: console.environment)
    let service = try await Service(
      ServiceSetup(configuration).settings(), grounder: NullGrounder(), surroundings: .real,
      metrics: ServiceMetrics(), log: .standardError(level: .warning, environment: [:]))
    let listener = Task {
      for await signal in signals where signal != .hangUp { service.stop() }
    }
    defer { listener.cancel() }
    try await service.run()
    return .done
  }
}
