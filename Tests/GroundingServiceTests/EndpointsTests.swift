import Boxes
import FoundationEssentials
import Journal
import Reports
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
    metrics.running(version: "1", grounder: NullGrounder().identity)
    metrics.running(version: "1", grounder: LedgerSamples.grounder)
    let response = Endpoints(metrics: metrics).answer(to: HTTPRequest(path: "/metrics"))
    #expect(response.contentType == "text/plain; version=0.0.4; charset=utf-8")
    let lines = response.body.split(separator: "\n")
    #expect(lines.contains("grounded_reports_rejected_total{code=\"not_json\"} 1"))
    #expect(
      lines.contains("grounded_lag_messages{topic=\"reports.generated\",partition=\"3\"} 7"))
    let running = lines.filter { $0.hasPrefix("grounded_build_info{") }
    #expect(running.count == 1 && running[0].contains("version=\"1\",grounder=\"tiny\""))
    for what in ["kafka", "fetch", "ledger", "publish", "open", "start", "refused", "memory"] {
      #expect(lines.contains("grounded_retries_total{what=\"\(what)\"} 0"))
    }
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
    let before = metrics.steps
    metrics.consumed()
    metrics.ledgerFailed()
    metrics.observe(.fetch, .milliseconds(3))
    metrics.grounded(age: .seconds(1))
    metrics.published()
    #expect(metrics.steps == before + 5)
  }

  @Test func `say whether something waits for others`() async {
    #expect(!metrics.isWaitingForOthers)
    let shown = await metrics.waiting(for: .fetch) {
      #expect(metrics.isWaitingForOthers)
      return metrics.exposition()
    }
    #expect(shown.contains("grounded_retry_waits{what=\"fetch\"} 1\n"))
    #expect(!metrics.isWaitingForOthers)
  }

  @Test func `count what was found by status`() {
    let pixel = BoundingBox(left: 0, top: 0, right: 0.5, bottom: 0.5)
    let region = pixel.map {
      Region(imageID: "1", box: $0, width: 9, height: 9, confidence: 1, fusedQueries: 1)
    }
    let report = GroundedReport(
      reportID: "r", study: Study(), generator: Generator(), campaign: "live",
      grounder: LedgerSamples.grounder,
      source: SourcePosition(topic: "t", partition: 0, offset: 0), sourceEventID: "e", images: [],
      sentences: [
        GroundedSentence(
          text: "a", status: .grounded, regions: [region, region].compactMap { $0 }),
        GroundedSentence(text: "b", status: .none), GroundedSentence(text: "c", status: .none),
      ], groundedAt: Date(timeIntervalSince1970: 0))
    metrics.found(Findings(in: report))
    metrics.found(Findings(in: report))
    let lines = metrics.exposition().split(separator: "\n")
    #expect(lines.contains("grounded_regions_total 4"))
    #expect(lines.contains("grounded_sentences_total{status=\"grounded\"} 2"))
    #expect(lines.contains("grounded_sentences_total{status=\"none\"} 4"))
  }

  @Test func `read the process's state, whatever its name`() {
    let numbers = (3...52).map { "\($0)" }.joined(separator: " ")
    let state = ProcessState(stat: "1 (a) b (c) d) \(numbers)")
    #expect(state.processorTicks == 14 + 15 && state.threads == 20 && state.residentPages == 24)
    #expect(ProcessState(stat: "").threads == 0)
  }
}
