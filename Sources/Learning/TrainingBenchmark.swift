internal import Boxes
public import GroundingModel
public import JSON
internal import Seeds
internal import Tensors

/// How long a step of training takes, on images and sentences drawn from a seed.
public struct TrainingBenchmark: Sendable {
  /// Milliseconds of each step that was measured.
  private var steps: [Step] = []
  private let threads, images, sentences, parameters: Int

  private struct Step {
    var forward, backward, optimizer: Double
    var total: Double { forward + backward + optimizer }
  }

  /// The sizes of the network that ships, without its tokenizer.
  public static var architecture: ModelConfiguration {
    var sizes = ModelConfiguration()
    (sizes.blocks, sizes.width, sizes.side) = ([1, 2, 2, 2], 24, 448)
    (sizes.channels, sizes.heads, sizes.feedForward) = (96, 4, 256)
    (sizes.encoderLayers, sizes.decoderLayers, sizes.queries) = (2, 3, 12)
    (sizes.textChannels, sizes.textHeads, sizes.textLayers) = (96, 4, 2)
    (sizes.textFeedForward, sizes.vocabulary) = (144, 2048)
    (sizes.padToken, sizes.startToken, sizes.endToken) = (3, 1, 2)
    return sizes
  }

  /// - images, sentences: of a step, and of each of its images.
  /// - steps: measured, after three that are not.
  public init(
    _ configuration: ModelConfiguration, images: Int, sentences: Int, steps: Int, threads: Int
  ) throws {
    (self.threads, self.images, self.sentences) = (threads, images, sentences)
    let tape = try Tape(threads: threads, images: images, learnsNorms: true)
    tape.enter()
    let network = try TrainableGrounder(
      FreshWeights(configuration, seed: 1), configuration, on: tape, learns: { _ in true })
    parameters = network.parameters.shapes.reduce(0) { $0 + $1.reduce(1, *) }
    let loss = GroundingLoss()
    let clock = ContinuousClock()
    for number in 1...steps + 3 {
      let batch = Self.batch(
        configuration, images: images, sentences: sentences, seed: UInt64(number))
      var slopes: [[QueryOutputs]] = []
      let forward = try clock.measure {
        network.parameters.clearGradients()
        slopes = try network(batch.pixels, batch.phrases).map { loss($0, batch.targets).slopes }
      }
      let backward = try clock.measure { try network.goBack(slopes) }
      let optimizer = clock.measure {
        let norm = network.parameters.gradientNorm()
        network.parameters.advance(
          TrainableParameters.Step(
            rate: 3e-4, decay: 1e-4, scale: norm > 0.1 ? 0.1 / Float(norm) : 1, number: number))
      }
      guard number > 3 else { continue }
      self.steps.append(
        Step(
          forward: forward / .milliseconds(1), backward: backward / .milliseconds(1),
          optimizer: optimizer / .milliseconds(1)))
    }
  }

  private static func batch(
    _ configuration: ModelConfiguration, images: Int, sentences: Int, seed: UInt64
  ) -> TrainingBatch {
    var random = SeededNumbers(seed: seed)
    let pixels = (0..<images * 3 * configuration.side * configuration.side).map { _ in
      random.uniform(-2, 2)
    }
    var phrases: [TrainableGrounder.Phrase] = []
    var targets: [[CenteredBox]] = []
    for image in 0..<images {
      for _ in 0..<sentences {
        let words = (0..<4 + random.below(15)).map { _ in
          Int32(5 + random.below(configuration.vocabulary - 5))
        }
        phrases.append(
          TrainableGrounder.Phrase(
            image: image,
            tokens: [Int32(configuration.startToken)] + words + [Int32(configuration.endToken)]))
        let draw = random.uniform(0, 1)
        targets.append((0..<(draw < 0.25 ? 0 : draw < 0.7 ? 1 : 2)).map { _ in box(&random) })
      }
    }
    return TrainingBatch(pixels: pixels, phrases: phrases, targets: targets)
  }

  private static func box(_ random: inout SeededNumbers) -> CenteredBox {
    func number(_ low: Double, _ high: Double) -> Double {
      low + (high - low) * Double(random.uniform(0, 1))
    }
    let (width, height) = (number(0.1, 0.4), number(0.1, 0.4))
    return CenteredBox(
      x: number(width / 2, 1 - width / 2), y: number(height / 2, 1 - height / 2), width: width,
      height: height)
  }

  /// `{"median_ms", "best_ms", "forward_ms", "backward_ms", "optimizer_ms", "steps", …}`
  public var json: JSON {
    func median(_ part: (Step) -> Double) -> JSON {
      let times = steps.map(part).sorted()
      return .number((times[times.count / 2] * 10).rounded() / 10)
    }
    let best = steps.map { $0.total }.min() ?? 0
    return [
      "median_ms": median { $0.total }, "best_ms": .number((best * 10).rounded() / 10),
      "forward_ms": median { $0.forward }, "backward_ms": median { $0.backward },
      "optimizer_ms": median { $0.optimizer }, "steps": .integer(Int64(steps.count)),
      "threads": .integer(Int64(threads)), "images": .integer(Int64(images)),
      "sentences": .integer(Int64(sentences)), "parameters": .integer(Int64(parameters)),
    ]
  }
}
