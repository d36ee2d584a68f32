import Boxes
import CUDA
import Fetching
import Foundation
import GroundingModel
import Images
import JSON
import Phantoms
import Reports
import Synchronization
import Tensors
import TestKit
import Testing

@testable import GroundingService

@Suite struct `The network's worker` {
  /// Answers with the request's first token as logit; token 13 poisons whatever it comes with.
  private static func answers(_ requests: [GroundingRequest]) throws -> [[QueryOutputs]] {
    guard !requests.contains(where: { $0.sentences.contains([13]) }) else {
      throw ModelError.badRequest(reason: "poison")
    }
    return requests.map { request in
      request.sentences.map { QueryOutputs(logits: [Float($0[0])], boxes: [0.5, 0.5, 1, 1]) }
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `lets a poisoned report fail alone`() async throws {
    let batches = Mutex<[Int]>([])
    let worker = ModelWorker(imagesMax: 8, wait: .milliseconds(500), metrics: ServiceMetrics()) {
      requests in
      batches.withLock { $0.append(requests.count) }
      return try Self.answers(requests)
    }
    let results = await withTaskGroup(of: (Int, Float?).self) { group in
      for token in 11...14 {
        group.addTask {
          let request = GroundingRequest(pixels: [], sentences: [[Int32(token)]])
          let outputs = try? await worker.outputs(for: [request])  // nil is what is looked for
          return (token, outputs?[0][0].logits[0])
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(results == [11: 11, 12: 12, 14: 14])
    #expect(batches.withLock { $0.max() ?? 0 } > 1, "they were in one batch")
  }

  @Test(.timeLimit(.minutes(1)))
  func `waits for others as long as it was told last`() async throws {
    let batches = Mutex<[Int]>([])
    let worker = ModelWorker(imagesMax: 3, wait: .zero, metrics: ServiceMetrics()) { requests in
      batches.withLock { $0.append(requests.count) }
      return try Self.answers(requests)
    }
    await worker.wait(atMost: .milliseconds(500))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for token in 1...3 {
        group.addTask {
          let request = GroundingRequest(pixels: [], sentences: [[Int32(token)]])
          _ = try await worker.outputs(for: [request])
        }
      }
      try await group.waitForAll()
    }
    #expect(batches.withLock { $0 } == [3])
  }

  @Test(.timeLimit(.minutes(1)))
  func `waits for memory and rejects nothing meanwhile`() async throws {
    let attempts = Mutex(0)
    let worker = ModelWorker(imagesMax: 8, wait: .zero, metrics: ServiceMetrics()) { requests in
      let attempt = attempts.withLock { attempts in
        attempts += 1
        return attempts
      }
      guard attempt > 30 else { throw ModelError.tensors(.outOfMemory(bytes: 7)) }
      return try Self.answers(requests)
    }
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let waits = Mutex<[Duration]>([])
    let surroundings = Surroundings(
      now: { Date() }, chance: { 0.5 }, wait: { wait in waits.withLock { $0.append(wait) } })
    let notes = Notes()
    let grounder = try grounder(worker, folder, surroundings, notes)
    let result = try await grounder.ground(try report(folder))
    #expect(result.sentences.map(\.status) == [.grounded, .grounded])
    let waited = waits.withLock { $0 }
    #expect(waited.count == 30 && waited[0] < waited[5] && waited[29] <= .seconds(30))
    #expect(notes.all.contains { $0.contains("no memory for the network") })
  }

  @Test(.timeLimit(.minutes(1)))
  func `notes nothing of a report when the device is lost`() async throws {
    let fault = ModelError.device(.failed(call: "cuGraphLaunch", status: 700, name: "n"))
    let attempts = Mutex(0)
    let worker = ModelWorker(imagesMax: 8, wait: .milliseconds(500), metrics: ServiceMetrics()) {
      _ in
      attempts.withLock { $0 += 1 }
      throw fault
    }
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let lost = Mutex<[String]>([])
    let surroundings = Surroundings(
      now: { Date() }, chance: { 0.5 }, wait: { _ in },
      lost: { error in lost.withLock { $0.append("\(error)") } })
    let notes = Notes()
    let grounder = try grounder(worker, folder, surroundings, notes)
    let report = try report(folder)
    async let one = Self.failure(of: grounder, report)
    async let other = Self.failure(of: grounder, report)
    for failure in [await one, await other] {
      guard case .interrupted = failure else {
        Issue.record("\(String(describing: failure))")
        continue
      }
    }
    #expect(lost.withLock { $0 } == [fault.description, fault.description])
    #expect(attempts.withLock { $0 } <= 2, "no report is tried again alone")
    #expect(notes.all.contains { $0.contains("the device is lost") })
  }

  /// One report is fetched or decoded at a time, and two are in the network or ready for it.
  @Test(.timeLimit(.minutes(1)))
  func `finds the next reports prepared, and no more of them than it takes`() async throws {
    let metrics = ServiceMetrics()
    let seen = Mutex<[Int]>([])
    let worker = ModelWorker(imagesMax: 1, wait: .zero, metrics: metrics) { requests in
      func decoded() -> Int {
        (0...5).last { count in
          metrics.exposition().contains(
            "grounded_stage_duration_seconds_count{stage=\"decode\"} \(count)\n")
        } ?? 0
      }
      // The first waits for the two that may follow it, and a moment for one too many.
      var end = ContinuousClock.now + .seconds(10)
      while decoded() < 3, seen.withLock({ $0.isEmpty }), ContinuousClock.now < end {
        usleep(1_000)
      }
      end = ContinuousClock.now + .milliseconds(50)
      while decoded() == 3, ContinuousClock.now < end { usleep(1_000) }
      seen.withLock { $0.append(decoded()) }
      return try Self.answers(requests)
    }
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var settings = ImageGrounder.Settings()
    (settings.preparedAtOnceMax, settings.computedAtOnceMax) = (1, 2)
    let grounder = try grounder(worker, folder, .real, Notes(), settings, metrics)
    let report = try report(folder)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<5 { group.addTask { _ = try await grounder.ground(report) } }
      try await group.waitForAll()
    }
    let counts = seen.withLock { $0 }
    #expect(counts.count == 5 && counts.first == 3, "\(counts)")
    for (before, count) in counts.enumerated() { #expect(count <= before + 3, "\(counts)") }
  }

  @Test(.timeLimit(.minutes(1)))
  func `does not compute what nobody wants any more`() async throws {
    let asked = Mutex<[Int32]>([])
    let (begun, goesOn) = (Flag(), Flag())
    let worker = ModelWorker(imagesMax: 1, wait: .zero, metrics: ServiceMetrics()) { requests in
      asked.withLock { $0 += requests.map { $0.sentences[0][0] } }
      begun.set()
      while !goesOn.isSet { usleep(1_000) }
      return try Self.answers(requests)
    }
    func task(_ token: Int32) -> Task<[[QueryOutputs]], any Error> {
      Task {
        try await worker.outputs(for: [GroundingRequest(pixels: [], sentences: [[token]])])
      }
    }
    let first = task(1)
    while !begun.isSet { try await Task.sleep(for: .milliseconds(1)) }
    let (unwanted, last) = (task(2), task(3))
    unwanted.cancel()
    goesOn.set()
    _ = try await (first.value, last.value)
    await #expect(throws: CancellationError.self) { try await unwanted.value }
    #expect(asked.withLock { $0.sorted() } == [1, 3])
  }

  private static func failure(
    of grounder: ImageGrounder, _ report: ReportEvent
  ) async -> GroundingFailure? {
    do throws(GroundingFailure) {
      _ = try await grounder.ground(report)
      return nil
    } catch {
      return error
    }
  }

  private func report(_ folder: URL) throws -> ReportEvent {
    let file = folder.appending(path: "a.png")
    try Data(PNG.encode(PhantomFilm(seed: 1, width: 96, height: 96).picture)).write(
      to: file)
    let value = Stage.report("r", ["images": [["uri": .string("file:" + file.path)]]])
    let message = RawMessage(
      topic: "t", partition: 0, offset: 0, key: nil, value: value, headers: [])
    return try ReportEvent.decode(message, limits: ReportLimits())
  }

  private func grounder(
    _ worker: ModelWorker, _ folder: URL, _ surroundings: Surroundings, _ notes: Notes,
    _ settings: ImageGrounder.Settings = ImageGrounder.Settings(),
    _ metrics: ServiceMetrics = ServiceMetrics()
  ) throws -> ImageGrounder {
    var settings = settings
    settings.retry = RetryPolicy(patience: .seconds(1))
    return ImageGrounder(
      identity: GrounderIdentity(
        name: "n", version: "v", architecture: "a", weightsSHA256: "", threshold: 0.5,
        fusionIoU: 0.1, precision: "fp32", device: "cpu"),
      worker: worker, side: 64, tokenizer: Tokenizer.byteLevel(vocabulary: 512),
      fetcher: ImageFetcher(
        try SourcePolicy(parsing: ["file:" + folder.path]),
        settings: ImageFetcherSettings(workers: 1),
        resolve: { _ throws(FetchError) in throw .unknownHost }, now: { Date() }),
      settings: settings, surroundings: surroundings, metrics: metrics, log: notes.log)
  }
}
