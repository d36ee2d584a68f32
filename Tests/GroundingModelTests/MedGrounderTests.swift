import Boxes
import Tensors
import TestKit
import Testing

@testable import GroundingModel

@Suite struct `The grounder` {
  let golden: GoldenFile
  let grounder: MedGrounder

  init() throws {
    golden = try GoldenFile("golden_tiny")
    grounder = try MedGrounder(try GoldenFile("medgrounder_tiny").file, threads: 2)
  }

  private func request(_ tag: String) throws -> GroundingRequest {
    let mask = tag.isEmpty ? nil : try golden.file.integers("pixel_mask2").map { $0 != 0 }
    return GroundingRequest(
      pixels: try golden.floats("pixels" + tag), pixelMask: mask,
      sentences: try golden.sentences())
  }

  @Test(arguments: ["", "2"])
  func `gives the boxes and logits of the reference`(tag: String) throws {
    let outputs = try grounder.ground([request(tag)])[0]
    expectClose(
      outputs.flatMap { $0.boxes }, try golden.floats("box" + tag), within: 1e-4, "boxes")
    expectClose(
      outputs.flatMap { $0.logits }, try golden.floats("conf" + tag), within: 1e-4, "logits")
  }

  @Test(arguments: ["", "2"])
  func `passes through the states of the reference`(tag: String) throws {
    let request = try request(tag)
    let backend = grounder.network.backend
    _ = try grounder.network.backbone(request.pixels.values) { name, map in
      guard name != "stem", !name.contains(".") else { return }
      let slice = golden.shape("\(name)\(tag)_slice")
      let values = try backend.values(of: map)
      var part: [Float] = []
      for channel in 0..<slice[0] {
        for row in 0..<slice[1] {
          let start = (channel * map.plan.height + row) * map.plan.width
          part += values[start..<start + slice[2]]
        }
      }
      expectClose(part, try golden.floats("\(name)\(tag)_slice"), within: 1e-4, name)
    }
    let image = try grounder.encode(request.pixels.values, request.pixelMask)
    // Cells of padding are left out, wherever the reference masks them.
    let kept = try golden.file.integers("image_keep" + tag).map { $0 != 0 }
    let channels = grounder.configuration.channels
    func keptCells(_ values: ArraySlice<Float>) -> [Float] {
      kept.indices.filter { kept[$0] }.flatMap { cell in
        values.dropFirst(cell * channels).prefix(channels)
      }
    }
    expectClose(
      try backend.values(of: image.tokens), keptCells(try golden.floats("image_tokens" + tag)[...]),
      within: 1e-4, "image tokens")
    expectClose(
      try backend.values(of: image.positions), keptCells(try golden.floats("pos" + tag)[...]),
      within: 1e-4, "positions")
    let cells = kept.count
    let text = try grounder.encodeText(request.sentences)
    let sequence = try grounder.network.joint.join(
      text.ranges.map { Pairing(image: image, text: text.features.rows($0)) })
    _ = try grounder.network.joint.encode(sequence)
    let (features, memory) = (try golden.floats("text" + tag), try golden.floats("memory" + tag))
    let longest = golden.shape("ids")[1]
    for (row, range) in text.ranges.enumerated() {
      let first = row * longest * channels
      expectClose(
        try backend.values(of: text.features.rows(range)),
        Array(features[first..<first + range.count * channels]), within: 1e-4, "text \(row)")
      let start = row * (cells + longest) * channels
      expectClose(
        try backend.values(of: sequence.tokens.rows(sequence.segments[row].queries)),
        keptCells(memory[start...])
          + memory[start + cells * channels..<start + (cells + range.count) * channels],
        within: 1e-4, "memory \(row)")
    }
  }

  @Test func `gives a sentence the same alone, in company and beside another image`() throws {
    let (first, second) = (try request(""), try request("2"))
    let together = try grounder.ground([first, second])
    for (request, outputs) in zip([first, second], together) {
      for (sentence, expected) in zip(request.sentences, outputs) {
        var alone = request
        alone.sentences = [sentence]
        let output = try grounder.ground([alone])[0][0]
        expectClose(output.boxes, expected.boxes, within: 1e-5, "boxes")
        expectClose(output.logits, expected.logits, within: 1e-5, "logits")
      }
    }
  }

  /// More sentences than pass through together, and requests without any.
  @Test func `answers in the order of the requests`() throws {
    let request = try request("")
    var many = request
    many.sentences = (0..<41).map { request.sentences[$0 % 3] }
    var none = request
    none.sentences = []
    let results = try grounder.ground([none, many, none, request])
    #expect(results.map { $0.count } == [0, 41, 0, 3])
    for (index, output) in results[1].enumerated() {
      expectClose(output.logits, results[3][index % 3].logits, within: 1e-5, "sentence \(index)")
    }
  }

  @Test func `reads the longest sentence and refuses what it cannot read`() throws {
    let pixels = [Float](repeating: 0, count: 3 * 128 * 128)
    func ask(_ sentence: [Int32], mask: [Bool]? = nil, pixels: [Float]? = nil) throws {
      let request = GroundingRequest(
        pixels: pixels ?? [Float](repeating: 0, count: 3 * 128 * 128), pixelMask: mask,
        sentences: [sentence])
      let outputs = try grounder.ground([request])
      #expect(outputs[0][0].isFinite)
    }
    try ask([Int32](repeating: 5, count: 8192))
    #expect(throws: ModelError.self) { try ask([Int32](repeating: 5, count: 8193)) }
    #expect(throws: ModelError.self) { try ask([]) }
    #expect(throws: ModelError.self) { try ask([1, 512]) }
    #expect(throws: ModelError.self) { try ask([1, -1]) }
    #expect(throws: ModelError.self) { try ask([1], mask: [true]) }
    #expect(throws: ModelError.self) { try ask([1], pixels: Array(pixels.dropLast())) }
    try ask([1], mask: [Bool](repeating: true, count: 128 * 128))
  }

  @Test func `refuses weights with every name that does not fit`() throws {
    let file = try GoldenFile("medgrounder_tiny").file
    var configuration = try file.configuration
    configuration.decoderLayers = 1
    configuration.encoderLayers = 3
    configuration.queries = 11
    let error = #expect(throws: ModelError.self) {
      try MedGrounder(file, configuration, threads: 1)
    }
    guard case .checkpoint(.doesNotFit(let misfit)) = error else { throw try #require(error) }
    #expect(misfit.missing.count == 12)
    #expect(misfit.missing.allSatisfy { $0.hasPrefix("transformer.encoder.layers.2.") })
    #expect(misfit.unexpected.count == 18)
    #expect(misfit.unexpected.allSatisfy { $0.hasPrefix("transformer.decoder.layers.1.") })
    #expect(misfit.misshapen.map { $0.name } == ["query_embed.weight"])
  }
}
