import Boxes
import GroundingModel
import GroundingService
import Synchronization
import Tensors
import Testing

@testable import grounded

@Suite struct `A place for a stream` {
  private let work = StreamWork(
    texts: [["Clear lungs.", "No effusion."], ["Clear lungs."]], count: 4,
    tokenizer: .byteLevel(vocabulary: 512), configuration: .small(vocabulary: 512))

  /// Four reports are four batches, of which the first ones are new.
  @Test(arguments: [(0, 1), (3, 2), (8, 3), (1_000, 5)])
  func `measures again until the network is ready for all that comes`(
    new: Int, runs: Int
  ) async throws {
    let (batches, surprises) = (Batches(), StreamPlace.Counter())
    let place = StreamPlace(imagesMax: 1, surprises: surprises) { wait in
      batches.begin()
      return ModelWorker(imagesMax: 1, wait: wait, metrics: ServiceMetrics()) { requests in
        if batches.add() <= new { surprises.add() }
        return requests.map { request in
          request.sentences.map { _ in QueryOutputs(logits: [0], boxes: [0.5, 0.5, 1, 1]) }
        }
      }
    }
    let measured = try await place.throughput(work)
    #expect(measured.value > 0 && batches.runs == runs)
    #expect(measured.surprises == (new == 1_000 ? 4 : 0))
    let latency = try await place.latency(work, wait: .zero, rate: 1_000)
    #expect(latency.value.late >= latency.value.median && latency.value.median > 0)
  }

  @Test func `is given films of one plane, each another one`() {
    let requests = work.reports.indices.map { work.request($0) }
    let side = ModelConfiguration.small(vocabulary: 512).side
    #expect(
      requests.allSatisfy { $0.pixels.samplePlanes == 1 && $0.pixels.count == side * side })
    #expect(Set(requests.map { $0.pixels }).count == 4)
    #expect(requests.map { $0.sentences.count } == [2, 1, 2, 1])
  }

  /// Counts what a network is given.
  private final class Batches: Sendable {
    private let state = Mutex((runs: 0, batches: 0))

    var runs: Int { state.withLock { $0.runs } }

    func begin() { state.withLock { $0.runs += 1 } }

    /// How many there are with this one.
    func add() -> Int {
      state.withLock {
        $0.batches += 1
        return $0.batches
      }
    }
  }
}
