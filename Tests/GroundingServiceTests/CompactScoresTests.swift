import Boxes
import Testing

@testable import GroundingService

@Suite struct `Compact scores` {
  private let outputs = QueryOutputs(
    logits: [2, -20, -4, .nan], boxes: (0..<16).map { Float($0) / 16 })

  @Test func `keep the queries above the floor, exactly`() throws {
    let bytes = CompactScores.encode(outputs, floor: 0.01)
    #expect(bytes.count == 5 + 2 * 22)
    #expect(Array(bytes.prefix(7)) == [1, 4, 0, 2, 0, 0, 0])
    let block = try #require(CompactScores.decode(bytes)?.first)
    #expect(block.queryCount == 4)
    #expect(block.queries == [0, 2])
    #expect(block.outputs.logits == [2, -4])
    #expect(block.outputs.boxes == Array(outputs.boxes[0..<4] + outputs.boxes[8..<12]))
  }

  @Test func `of several images stand end to end`() {
    let bytes =
      CompactScores.encode(outputs, floor: 0.01) + CompactScores.encode(outputs, floor: 0.5)
    #expect(CompactScores.decode(bytes)?.map(\.queries) == [[0, 2], [0]])
    #expect(CompactScores.decode([])?.count == 0)
  }

  @Test func `refuse every shorter piece and every other version`() {
    let bytes = CompactScores.encode(outputs, floor: 0.01)
    for count in 1..<bytes.count {
      #expect(CompactScores.decode(Array(bytes.prefix(count))) == nil)
    }
    #expect(CompactScores.decode([2] + bytes.dropFirst()) == nil)
    var unordered = bytes
    unordered[5] = 3
    #expect(CompactScores.decode(unordered) == nil)
  }
}
