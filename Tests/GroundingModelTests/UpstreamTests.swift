import Tensors
import TestKit
import Testing

@testable import GroundingModel

/// A checkpoint seen from inside one of its folders, e.g. the weights in a golden file, under “w/”.
struct PrefixedTensors: NamedTensorSource {
  let file: Checkpoint
  let prefix: String

  var names: [String] {
    file.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  func facts(of name: String) -> TensorFacts? { file.facts(of: prefix + name) }

  func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    try file.parameter(prefix + name)
  }
}

@Suite struct `The parts of the network` {
  private func folder(_ source: some NamedTensorSource) -> Checkpoint.Folder {
    Checkpoint.Folder(Checkpoint.Reader(source, surveys: false))
  }

  @Test func `encode text as the upstream ModernBERT`() throws {
    let golden = try GoldenFile("tiny_modernbert")
    var configuration = ModelConfiguration()
    (configuration.vocabulary, configuration.textChannels) = (120, 48)
    (configuration.textHeads, configuration.textLayers) = (4, 5)
    (configuration.textFeedForward, configuration.textWindow) = (72, 8)
    let cpu = try CPU(threads: 2)
    let encoder = try TextEncoder(
      folder(PrefixedTensors(file: golden.file, prefix: "w/")), configuration, on: cpu)
    let ids = try golden.file.integers("in/input_ids").map { Int32($0) }
    let mask = try golden.file.integers("in/attention_mask")
    let states = try golden.floats("out/last_hidden_state")
    let length = golden.shape("in/input_ids")[1]
    for row in 0..<golden.shape("in/input_ids")[0] {
      let count = mask[row * length..<(row + 1) * length].count { $0 == 1 }
      let sentence = Array(ids[row * length..<row * length + count])
      let output = try encoder(sentence, sentences: [0..<count])
      expectClose(
        try cpu.values(of: output),
        Array(states[row * length * 48..<(row * length + count) * 48]), within: 1e-4,
        "sentence \(row) of \(count) tokens")
    }
  }

  /// The upstream file starts behind the backbone and the text encoder: it gives a feature map of 4 × 5
  /// cells, some of them padding, and the text encoder's states, padded.
  @Test func `join, encode and decode as the upstream MDETR`() throws {
    let golden = try GoldenFile("tiny_mdetr")
    let weights = folder(PrefixedTensors(file: golden.file, prefix: "w/"))
    var configuration = ModelConfiguration()
    (configuration.channels, configuration.feedForward) = (32, 64)
    configuration.heads = Int(try golden.file.integers("in/nhead")[0])
    (configuration.encoderLayers, configuration.decoderLayers) = (2, 2)
    (configuration.queries, configuration.textChannels) = (5, 48)
    let cpu = try CPU(threads: 2)
    let joint = try JointTransformer(weights, configuration, on: cpu)
    let pairs = try (0..<2).map { row in
      try pair(row, golden, weights, configuration, on: cpu)
    }
    let sequence = try joint.join(pairs)
    let memory = try joint.encode(sequence)
    // 20 cells and 6 tokens in each row of the reference, some of them masked, which are left out here.
    let masked =
      try
      (golden.file.integers("in/pad_mask")[..<20].map { $0 != 0 }
      + golden.file.integers("in/text_attention_mask")[..<6].map { $0 == 0 })
      + (golden.file.integers("in/pad_mask")[20...].map { $0 != 0 }
        + golden.file.integers("in/text_attention_mask")[6...].map { $0 == 0 })
    let expected = try golden.floats("out/memory")
    expectClose(
      try cpu.values(of: sequence.tokens),
      masked.indices.filter { !masked[$0] }.flatMap { expected[$0 * 32..<($0 + 1) * 32] },
      within: 1e-4, "memory")
    let (states, logits, boxes) = (
      try golden.floats("out/hs"), try golden.floats("out/confidence_logits"),
      try golden.floats("out/pred_boxes")
    )
    for layer in 0..<2 {
      let decoded = try joint.decode(memory, sequence.segments, layers: layer + 1)
      let answer = try joint.answer(decoded)
      func part(_ values: [Float], _ size: Int) -> [Float] {
        Array(values[layer * 10 * size..<(layer + 1) * 10 * size])
      }
      expectClose(
        try cpu.values(of: decoded), part(states, 32), within: 1e-4, "states \(layer)")
      expectClose(
        try cpu.values(of: answer.boxes), part(boxes, 4), within: 1e-4, "boxes \(layer)")
      expectClose(
        try cpu.values(of: answer.logits), part(logits, 1), within: 1e-4, "logits \(layer)")
    }
  }

  private func pair(
    _ row: Int, _ golden: GoldenFile, _ weights: Checkpoint.Folder,
    _ configuration: ModelConfiguration, on cpu: CPU
  ) throws -> Pairing {
    let (height, width, cells) = (4, 5, 20)
    let resizer = try FeatureResizer(
      weights["transformer"]["resizer"], configuration, on: cpu)
    let projection = try cpu.convolution(
      weights["input_proj"]("weight", 32, 24, 1, 1), scale: [Float](repeating: 1, count: 32),
      shift: weights["input_proj"]("bias", 32).values,
      shape: ConvolutionShape(inputs: 24, outputs: 32, kernel: 1, stride: 1, padding: 0),
      relu: false, adding: nil, range: nil,
      after: cpu.featurePlan(channels: 24, height: 4, width: 5))
    let features = try golden.floats("in/feature_map")[row * 24 * cells..<(row + 1) * 24 * cells]
    let map = try cpu.featureMap(Array(features), channels: 24, height: 4, width: 5)
    let kept = try golden.file.integers("in/pad_mask")[row * cells..<(row + 1) * cells]
      .map { $0 == 0 }
    let positions = sinePositions(kept: kept, height: height, width: width, channels: 32)
    let expected = try golden.floats("out/pos")
    let transposed = (0..<cells * 32).map { index in
      expected[row * cells * 32 + index % 32 * cells + index / 32]
    }
    expectClose(positions, transposed, within: 1e-4, "positions \(row)")
    let states = try golden.floats("in/text_states")[row * 6 * 48..<(row + 1) * 6 * 48]
    let text = try resizer(cpu.tensor(Array(states), columns: 48))
    expectClose(
      try cpu.values(of: text),
      Array(try golden.floats("out/resized_text")[row * 6 * 32..<(row + 1) * 6 * 32]),
      within: 1e-4, "text \(row)")
    let mask = try golden.file.integers("in/text_attention_mask")[row * 6..<(row + 1) * 6]
    func only(_ kept: [Bool], _ rows: Tensor) throws -> Tensor {
      try cpu.joined(kept.indices.filter { kept[$0] }.map { rows.rows($0..<$0 + 1) })
    }
    return Pairing(
      image: ImageTokens(
        tokens: try only(kept, cpu.tokens(of: projection(map, adding: nil))),
        positions: try only(kept, cpu.tensor(positions, columns: 32)), isSound: true),
      text: try only(mask.map { $0 == 1 }, text))
  }
}
