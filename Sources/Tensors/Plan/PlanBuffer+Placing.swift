extension [PlanBuffer] {
  /// Starts of activations are multiples of this: what any library likes best.
  private static let alignment = 256

  /// Says when each buffer is alive: from the first step that knows it to the last.
  ///
  /// - kept: those that are given or answered, which nothing may overwrite.
  mutating func findLives(in steps: [PlanStep], kept: Set<Int>) {
    for index in indices { self[index].life = 0..<0 }
    for (number, step) in steps.enumerated() {
      for case .activation(let buffer, _) in step.places {
        let begin = self[buffer].life.isEmpty ? number : self[buffer].life.lowerBound
        self[buffer].life = begin..<number + 1
      }
    }
    for index in kept { self[index].life = 0..<Swift.max(1, steps.count) }
  }

  /// Gives every buffer a place where no other lies that is alive at the same time: the largest first, each as
  /// low as it goes.
  ///
  /// - Returns: bytes of the memory that all of them take.
  mutating func place() -> Int {
    var placed: [Int] = []
    var end = 0
    let order = indices.filter { !self[$0].life.isEmpty }
      .sorted { (self[$1].bytes, $0) < (self[$0].bytes, $1) }
    for index in order {
      let beside = placed.filter { self[$0].life.overlaps(self[index].life) }
        .sorted { self[$0].offset < self[$1].offset }
      var offset = 0
      for other in beside {
        if offset + self[index].bytes <= self[other].offset { break }
        offset = Swift.max(offset, Self.aligned(self[other].offset + self[other].bytes))
      }
      self[index].offset = offset
      end = Swift.max(end, Self.aligned(offset + self[index].bytes))
      placed.append(index)
    }
    return end
  }

  private static func aligned(_ bytes: Int) -> Int {
    (bytes + alignment - 1) / alignment * alignment
  }
}
