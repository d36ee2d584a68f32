import Foundation
import GroundingModel
import Learning
import Tensors
import TestKit
import Testing

/// `gradients_tiny.safetensors`: losses and gradients of the tiny network by PyTorch in double precision.
@Suite struct `The network goes back` {
  @Test(arguments: [false, true])
  func `to every parameter as PyTorch does`(learnsNorms: Bool) throws {
    let golden = try Checkpoint(path: Golden.path("gradients_tiny.safetensors"))
    let weights = try Checkpoint(path: Golden.tinyNetwork)
    let step = try Step(golden)
    let tape = try Tape(threads: 2, images: 2, learnsNorms: learnsNorms)
    tape.enter()
    let network = try TrainableGrounder(
      weights, weights.configuration, on: tape, learns: { _ in true })
    let layers = try network(step.pixels, step.phrases)
    let losses = layers.map { GroundingLoss()($0, step.targets) }
    let variant = learnsNorms ? "b" : "a"
    let expected = try golden.doubles("\(variant)/loss_f64")[0]
    let loss = losses.reduce(0) { $0 + $1.total }
    #expect(abs(loss - expected) < 1e-5 * expected, "\(loss), not \(expected)")
    try network.goBack(losses.map { $0.slopes })

    var compared = 0
    for (index, name) in network.names.enumerated() {
      let isNorm = name.contains(".bn") || name.contains("downsample.1")
      if name.contains(".running_") {
        guard learnsNorms else { continue }
        let wanted = try golden.parameter("b/running/\(name)").values
        try expectClose(network.parameters[index, .value], wanted, within: 1e-4, name)
      } else if learnsNorms || !isNorm {
        let wanted = try golden.parameter("\(variant)/grad/\(name)").values
        try expectClose(network.parameters[index, .gradient], wanted, within: 1e-4, name)
        compared += 1
      }
    }
    #expect(compared >= 120)
  }

  /// What is frozen takes nothing from the gradients of the rest.
  @Test(arguments: ["backbone", "transformer.text_encoder.embeddings", "transformer.encoder"])
  func `past what is frozen`(frozen: String) throws {
    let golden = try Checkpoint(path: Golden.path("gradients_tiny.safetensors"))
    let weights = try Checkpoint(path: Golden.tinyNetwork)
    let step = try Step(golden)
    let tape = try Tape(threads: 2, images: 2, learnsNorms: false)
    tape.enter()
    let network = try TrainableGrounder(
      weights, weights.configuration, on: tape, learns: { !$0.hasPrefix(frozen) })
    let layers = try network(step.pixels, step.phrases)
    try network.goBack(layers.map { GroundingLoss()($0, step.targets).slopes })
    for (index, name) in network.names.enumerated() {
      let found = network.parameters[index, .gradient]
      if name.hasPrefix(frozen) {
        #expect(found.allSatisfy { $0 == 0 }, "\(name)")
      } else if !name.contains(".running_"), !name.contains(".bn"), !name.contains("downsample.1") {
        try expectClose(found, golden.parameter("a/grad/\(name)").values, within: 1e-4, name)
      }
    }
  }

  @Test func `leaving the statistics of frozen norms alone`() throws {
    let golden = try Checkpoint(path: Golden.path("gradients_tiny.safetensors"))
    let weights = try Checkpoint(path: Golden.tinyNetwork)
    let step = try Step(golden)
    let tape = try Tape(threads: 1, images: 2, learnsNorms: true)
    tape.enter()
    let network = try TrainableGrounder(
      weights, weights.configuration, on: tape, learns: { !$0.hasPrefix("backbone") })
    let frozen = try Tape(threads: 1, images: 2, learnsNorms: false)
    let other = try TrainableGrounder(
      weights, weights.configuration, on: frozen, learns: { _ in true })
    #expect(try network(step.pixels, step.phrases) == other(step.pixels, step.phrases))
    for (index, name) in network.names.enumerated() where name.contains(".running_") {
      #expect(try network.parameters[index, .value] == weights.parameter(name).values)
    }
  }

  /// The largest difference, as a share of the largest number.
  private func expectClose(
    _ found: [Float], _ wanted: [Float], within tolerance: Float, _ name: String
  ) throws {
    try #require(found.count == wanted.count, "\(name)")
    let largest = wanted.reduce(Float(1e-9)) { max($0, abs($1)) }
    let difference = zip(found, wanted).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
    let isNothing = largest < 1e-6  // what rounding leaves of a gradient of 0
    #expect(
      isNothing ? difference < 1e-4 : difference <= tolerance * largest,
      "\(name): \(difference / largest) of \(largest)")
  }
}

/// Images, phrases and targets of the golden file.
private struct Step {
  let pixels: [Float]
  let phrases: [TrainableGrounder.Phrase]
  let targets: [[CenteredBox]]

  init(_ golden: Checkpoint) throws {
    pixels = try golden.parameter("in/pixels").values
    let ids = try golden.integers("in/ids")
    let lengths = try golden.integers("in/lengths").map { Int($0) }
    let images = try golden.integers("in/image_of_sentence").map { Int($0) }
    let width = ids.count / lengths.count
    phrases = lengths.indices.map { phrase in
      TrainableGrounder.Phrase(
        image: images[phrase],
        tokens: ids[phrase * width..<phrase * width + lengths[phrase]].map { Int32($0) })
    }
    var boxes = try golden.parameter("in/targets").values[...]
    targets = try golden.integers("in/target_counts").map { count in
      (0..<count).map { _ in
        let box = boxes.prefix(4).map { Double($0) }
        boxes = boxes.dropFirst(4)
        return CenteredBox(x: box[0], y: box[1], width: box[2], height: box[3])
      }
    }
  }
}

enum Golden {
  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appending(path: "Golden/\(name)").path
  }

  /// The one that the program carries.
  static var tinyNetwork: String {
    Place.repository
      .appending(path: "Sources/CBuiltInNetwork/golden/medgrounder_tiny.safetensors").path
  }
}
