import Journal
import Testing

@testable import GroundingService

@Suite struct `The endpoints` {
  let metrics = ServiceMetrics()

  @Test(arguments: [
    (Endpoints.State.starting, 200, 503), (.ready, 200, 200), (.stalled, 503, 503),
    (.stopping, 200, 503),
  ])
  func `say how the daemon fares`(state: Endpoints.State, health: Int, readiness: Int) {
    let endpoints = Endpoints(metrics: metrics)
    endpoints.enter(state)
    #expect(endpoints.answer(to: HTTPRequest(path: "/healthz")).status == health)
    #expect(endpoints.answer(to: HTTPRequest(path: "/readyz")).status == readiness)
    #expect(endpoints.answer(to: HTTPRequest(path: "/readyz")).body == "\(state)\n")
  }

  @Test func `know no other path`() {
    let endpoints = Endpoints(metrics: metrics)
    for path in ["/", "/metrics/", "/healthz/../metrics", "/%6detrics"] {
      #expect(endpoints.answer(to: HTTPRequest(path: path)).status == 404)
    }
  }

  @Test func `show the metrics`() {
    enum Code: String { case notJSON = "not_json" }
    metrics.rejected(Code.notJSON)
    metrics.lag(ofTopic: "reports.generated", partition: 3, messages: 7, seconds: 1.5, waiting: 2)
    metrics.running(
      version: "1", grounder: "g", grounderVersion: "2", weightsSHA256: "ab", device: "cpu")
    let response = Endpoints(metrics: metrics).answer(to: HTTPRequest(path: "/metrics"))
    #expect(response.contentType == "text/plain; version=0.0.4; charset=utf-8")
    let lines = response.body.split(separator: "\n")
    #expect(lines.contains("grounded_reports_rejected_total{code=\"not_json\"} 1"))
    #expect(
      lines.contains("grounded_lag_messages{topic=\"reports.generated\",partition=\"3\"} 7"))
    #expect(lines.contains { $0.hasPrefix("grounded_build_info{version=\"1\"") })
    #expect(lines.contains("grounded_stage_duration_seconds_count{stage=\"model\"} 0"))
    #expect(
      lines.contains { $0.hasPrefix("process_resident_memory_bytes ") && !$0.hasSuffix(" 0") })
  }

  @Test func `forget a partition that went elsewhere`() {
    metrics.lag(ofTopic: "t", partition: 3, messages: 7, seconds: 1.5, waiting: 2)
    metrics.released(topic: "t", partition: 3)
    #expect(!metrics.exposition().contains("partition=\"3\""))
  }

  @Test func `count every end of work as a step`() {
    enum Status: String { case grounded, none }
    let before = metrics.steps
    metrics.consumed()
    metrics.ledgerFailed()
    metrics.observe(.fetch, .milliseconds(3))
    metrics.grounded(statuses: [Status.grounded, .none], regions: 2, age: .seconds(1))
    metrics.published()
    #expect(metrics.steps == before + 5)
    #expect(metrics.exposition().contains("\ngrounded_regions_total 2\n"))
  }

  @Test func `read the process's state, whatever its name`() {
    let numbers = (3...52).map { "\($0)" }.joined(separator: " ")
    let state = ProcessState(stat: "1 (a) b (c) d) \(numbers)")
    #expect(state.processorTicks == 14 + 15 && state.threads == 20 && state.residentPages == 24)
    #expect(ProcessState(stat: "").threads == 0)
  }
}
