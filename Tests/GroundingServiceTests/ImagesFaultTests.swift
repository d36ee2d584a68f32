import Fetching
import Foundation
import GroundingModel
import Images
import JSON
import Phantoms
import PostgresClient
import Reports
import Synchronization
import TestKit
import Testing

@testable import GroundingService

/// An archive of images that behaves as badly as an address asks it to.
final class BadArchive: Sendable {
  static let picture = PNG.encode(PhantomFilm(seed: 1, width: 96, height: 96).picture)
  let server: TestServer

  init() throws {
    let asked = Mutex<[String: Int]>([:])
    let outages = 2
    server = try TestServer { request in
      let attempt = asked.withLock { asked in
        asked[request.target, default: 0] += 1
        return asked[request.target, default: 0]
      }
      switch request.target.split(separator: "/").last.map(String.init) ?? "" {
      case "good.png": return TestServer.answer(200, Self.picture)
      case "recovers.png":
        return attempt > outages
          ? TestServer.answer(200, Self.picture) : TestServer.answer(503)
      case "down.png": return TestServer.answer(503)
      case "forbidden.png": return TestServer.answer(403)
      case "slow.png": return [.send(TestServer.head(["HTTP/1.1 200 X"])), .silence]
      case "silent.png": return [.silence]
      case "huge.png":
        return [
          .send(TestServer.head(["HTTP/1.1 200 X"])),
          .endless([UInt8](repeating: 7, count: 65_536)),
        ]
      case "cut.png":
        let head = TestServer.head(["HTTP/1.1 200 X", "Content-Length: \(Self.picture.count)"])
        return [.send(head + Self.picture.prefix(100)), .hangUp]
      case "half.png": return TestServer.answer(200, Array(Self.picture.prefix(200)))
      case "empty.png": return TestServer.answer(200)
      case "page.png": return TestServer.answer(200, Array("<html>Please log in</html>".utf8))
      default: return TestServer.answer(404)
      }
    }
  }

  func uri(_ name: String) -> JSON { .string("http://127.0.0.1:\(server.port)/\(name)") }

  /// The real grounder on a small untrained network, allowed to read this archive only.
  func grounder(patience: Duration) throws -> ImageGrounder {
    let configuration = ModelConfiguration.small(vocabulary: 512)
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "small.safetensors").path
    try SeededWeights.write(configuration, seed: 1, to: file)
    let checkpoint = try Checkpoint(path: file)
    var fetching = ImageFetcherSettings(workers: 8)
    fetching.limits.bytesMax = 1 << 20
    fetching.limits.total = .milliseconds(400)
    var settings = ImageGrounder.Settings()
    settings.preparedAtOnceMax = 32
    settings.retry = RetryPolicy(
      firstWait: .milliseconds(20), waitMax: .milliseconds(200), patience: patience)
    let log = Notes().log
    return ImageGrounder(
      identity: GrounderIdentity(
        name: "small", version: "untrained", architecture: configuration.architecture,
        weightsSHA256: try checkpoint.sha256(), threshold: 0, fusionIoU: 0.1, precision: "fp32",
        device: "cpu"),
      network: try MedGrounder(checkpoint, threads: 1), side: configuration.side,
      tokenizer: Tokenizer.byteLevel(
        vocabulary: configuration.vocabulary, cls: Int32(configuration.startToken),
        sep: Int32(configuration.endToken), pad: Int32(configuration.padToken)),
      fetcher: ImageFetcher(
        try SourcePolicy(parsing: ["http://127.0.0.1:\(server.port)"]), settings: fetching,
        resolve: { _ throws(FetchError) in throw .unknownHost }, now: { Date() }),
      settings: settings, surroundings: .real, metrics: ServiceMetrics(), log: log)
  }
}

@Suite(.serialized) struct `Bad images` {
  private static let codes = [
    "missing.png": "image_not_found", "down.png": "image_unavailable",
    "forbidden.png": "image_forbidden", "slow.png": "image_timed_out",
    "silent.png": "image_timed_out", "huge.png": "image_too_large",
    "cut.png": "image_unavailable", "half.png": "image_not_decodable",
    "empty.png": "image_empty", "page.png": "image_format_unknown",
  ]

  private static func report(_ id: String, _ images: JSON..., text: String? = nil) -> [UInt8] {
    Stage.report(
      id,
      [
        "images": .array(images),
        "sections": [
          ["name": "findings", "text": .string(text ?? "Left basal opacity. No effusion.")]
        ],
      ])
  }

  @Test(.timeLimit(.minutes(4)))
  func `get a code each, and reports with good ones are grounded meanwhile`() async throws {
    let archive = try BadArchive()
    let grounder = try archive.grounder(patience: .seconds(1))
    try await Stage.with { stage in
      var bad = Self.codes.map { name, _ in (name, Self.report(name, ["uri": archive.uri(name)])) }
      bad.append(("refused", Self.report("refused", ["uri": "https://elsewhere.test/a.png"])))
      bad.append(("file", Self.report("file", ["uri": "file:/etc/passwd"])))
      let digest = JSON.string(String(repeating: "0", count: 64))
      bad.append(
        ("hash", Self.report("hash", ["uri": archive.uri("good.png"), "sha256": digest])))
      let good = [
        ("recovers", Self.report("recovers", ["uri": archive.uri("recovers.png")])),
        (
          "lateral",
          Self.report("lateral", ["uri": archive.uri("missing.png"), "view": "LATERAL"])
        ),
        (
          "two",
          Self.report(
            "two", ["image_id": "a", "uri": archive.uri("good.png"), "view": "PA"],
            ["image_id": "b", "uri": archive.uri("good.png"), "view": "AP"])
        ),
        (
          "heading",
          Self.report("heading", ["uri": archive.uri("good.png")], text: "FINDINGS:\nNo effusion.")
        ),
      ]
      for (key, value) in bad + good { try stage.publishRaw(key: key, value: value) }
      try await stage.running(grounder: grounder) { _ in
        try await reach("everything has a result") {
          try await stage.integer(
            "SELECT (SELECT count(*) FROM grounded.grounding) + count(*) FROM grounded.rejection")
            == bad.count + good.count
        }
        try await stage.expectEachOnce(good.count, rejected: bad.count)
      }
      try await expectCodes(stage)
      try await expectSentences(stage, archive)
    }
  }

  private func expectCodes(_ stage: Stage) async throws {
    var expected = Self.codes
    expected["refused"] = "image_uri_refused"
    expected["file"] = "image_uri_refused"
    expected["hash"] = "image_hash_mismatch"
    let rows = try await stage.database.execute(
      "SELECT report_id, code, message FROM grounded.audit_rejection")
    for row in 0..<rows.count {
      let report = rows.text(row, 0) ?? ""
      #expect(rows.text(row, 1) == expected[report], "\(report)")
      #expect(rows.text(row, 2)?.hasPrefix("$.images[0]: ") == true, "\(report)")
      #expect(rows.text(row, 2)?.contains("127.0.0.1") == false, "\(report)")
    }
  }

  private func expectSentences(_ stage: Stage, _ archive: BadArchive) async throws {
    func count(_ condition: String) async throws -> Int {
      try await stage.integer("SELECT count(*) FROM grounded.audit_sentence WHERE \(condition)")
    }
    #expect(archive.server.requests.count { $0.target == "/recovers.png" } == 3)
    #expect(try await count("report_id = 'recovers' AND status <> 'skipped'") == 2)
    #expect(
      try await count(
        "report_id = 'lateral' AND status = 'skipped' AND reason = 'no_frontal_image'") == 2)
    #expect(
      try await count(
        "report_id = 'heading' AND status = 'skipped' AND reason = 'heading'") == 1)
    #expect(try await count("report_id = 'heading' AND status <> 'skipped'") == 1)
    let images = try await stage.integer(
      "SELECT count(DISTINCT image_id) FROM grounded.audit_region WHERE report_id = 'two'")
    #expect(images == 2)
  }

  @Test(.timeLimit(.minutes(4)))
  func `of one partition do not hold up the others`() async throws {
    let archive = try BadArchive()
    let grounder = try archive.grounder(patience: .seconds(30))
    try await Stage.with { stage in
      var settings = stage.settings
      settings.limits.shutdownGrace = .seconds(1)
      try await stage.running(grounder: grounder, settings: settings) { _ in
        try stage.publishRaw(
          key: "down", value: Self.report("down", ["uri": archive.uri("down.png")]))
        try await reach("the image is asked for") { !archive.server.requests.isEmpty }
        for number in 0..<30 {
          try stage.publishRaw(
            key: "good-\(number)",
            value: Self.report("good-\(number)", ["uri": archive.uri("good.png")]))
        }
        // Those behind it wait with it; all others are through, and nothing is turned away.
        try await reach("two partitions are through") {
          try await stage.integer(
            "SELECT count(*) FROM grounded.position WHERE next_offset > 0") == 2
        }
        #expect(try await stage.rejections() == [:])
      }
      let groundings = try await stage.integer("SELECT count(*) FROM grounded.grounding")
      #expect(groundings > 0)
    }
  }
}
