import Boxes
import JSON
import TestKit
import Testing

@Suite struct `Weighted box fusion` {
  static let vectors = try? Place.json(Place.golden("BoxesTests", "wbf_vectors.json"))
  static let tolerance: Float = 2e-6

  @Test func `agrees with the reference on all its cases`() throws {
    let cases = try #require(Self.vectors?["cases"]?.array)
    #expect(cases.count == 211)
    for vector in cases {
      let corners = try #require(vector["boxes"]?.array).map(floats)
      let scores = floats(try #require(vector["scores"]))
      let threshold = Float(try #require(vector["conf_thr"]?.number))
      let kept = scores.indices.filter { scores[$0] >= threshold }
      var origin: [Int] = []
      var boxes: [ScoredBox] = []
      for index in kept {
        let c = corners[index]
        guard let box = BoundingBox(clipping: c[0], c[1], c[2], c[3]) else { continue }
        origin.append(index)
        boxes.append(ScoredBox(box: box, confidence: scores[index]))
      }
      let fused = weightedBoxFusion(boxes, iou: Float(try #require(vector["iou_thr"]?.number)))
      try expect(
        fused, origin: origin, equals: try #require(vector["expected"]?.array),
        id: vector["id"]?.string ?? "?")
    }
  }

  @Test func `takes the network's outputs to boxes on the original image`() throws {
    let cases = try #require(Self.vectors?["end_to_end"]?.array)
    #expect(cases.count == 40)
    for vector in cases {
      let scores = floats(try #require(vector["logits"]))
      let boxes = try #require(vector["boxes_cxcywh"]?.array).map(floats)
      let letterbox = Letterbox(
        width: Int(try #require(vector["width"]?.integer)),
        height: Int(try #require(vector["height"]?.integer)))
      let output = QueryOutputs(logits: scores, boxes: boxes.flatMap { $0 })
      let expected = try #require(vector["expected"]?.array)
      let fused = output.fusedBoxes(threshold: 0.8, fusionIoU: 0.1)
      try expect(
        fused, origin: Array(0..<scores.count), equals: expected, id: vector["id"]?.string ?? "?")
      var visible: [[Int64]] = []
      for (box, truth) in zip(fused, expected) {
        let pixels = floats(try #require(truth["pixel_box"]))
        let mine = letterbox.pixels(of: box.box)
        // A fraction of the 640 square may differ by 2e-6: as many pixels of the original.
        let bound = Self.tolerance * Float(max(letterbox.width, letterbox.height))
        for (a, b) in zip([mine.left, mine.top, mine.right, mine.bottom], pixels) {
          #expect(abs(a - b) <= bound + 1e-6 * b, "\(vector["id"]?.string ?? "?")")
        }
        if pixels[0] < pixels[2] && pixels[1] < pixels[3] {
          visible.append(truth["members"]?.array?.compactMap(\.integer) ?? [])
        }
      }
      let regions = output.regions(threshold: 0.8, fusionIoU: 0.1, letterbox: letterbox)
      #expect(regions.map { $0.members.map(Int64.init) } == visible)
    }
  }

  @Test func `lays images into the square as the reference does`() throws {
    let cases = try #require(Self.vectors?["letterbox"]?.array)
    #expect(cases.count == 12)
    for vector in cases {
      let box = Letterbox(
        width: Int(try #require(vector["w"]?.integer)),
        height: Int(try #require(vector["h"]?.integer)))
      let expected = try #require(vector["expected"]?.array).compactMap { $0.integer.map(Int.init) }
      #expect([box.resizedHeight, box.resizedWidth, box.top, box.left] == expected)
    }
  }

  private func expect(_ fused: [FusedBox], origin: [Int], equals expected: [JSON], id: String)
    throws
  {
    try #require(fused.count == expected.count, "\(id)")
    for (mine, truth) in zip(fused, expected) {
      let corners = floats(try #require(truth["box"]))
      let box = [mine.box.left, mine.box.top, mine.box.right, mine.box.bottom]
      for (a, b) in zip(box, corners) { #expect(abs(a - b) <= Self.tolerance, "\(id)") }
      #expect(abs(mine.confidence - Float(truth["score"]?.number ?? -1)) <= Self.tolerance, "\(id)")
      let members = truth["members"]?.array?.compactMap { $0.integer.map(Int.init) }
      #expect(mine.members.map { origin[$0] } == members, "\(id)")
    }
  }
}

private func floats(_ json: JSON) -> [Float] {
  (json.array ?? []).compactMap { $0.number.map(Float.init) }
}
