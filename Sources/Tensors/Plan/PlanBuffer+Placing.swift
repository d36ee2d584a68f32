extension [PlanBuffer] {
  /// Starts of activations are multiples of this: what any library likes best.
  private static let alignment = 256

  /// Says when each buffer is alive: from the first step that knows it to the last.
  ///
  /// - meeting: the step before which tracks know nothing of each other.
  /// - kept: those that are given or answered, which nothing may overwrite.
  mutating func findLives(in steps: [PlanStep], meeting: Int, kept: Set<Int>) {
    for index in indices { (self[index].life, self[index].track) = (0..<0, nil) }
    var shared: Set<Int> = []
    for (number, step) in steps.enumerated() {
      for case .activation(let buffer, _) in step.places {
        let begin = self[buffer].life.isEmpty ? number : self[buffer].life.lowerBound
        self[buffer].life = begin..<number + 1
        guard number < meeting else { continue }
        if let known = self[buffer].track, known != step.track { shared.insert(buffer) }
        self[buffer].track = step.track
      }
    }
    for index in shared {
      self[index].track = nil
      self[index].life = 0..<Swift.max(meeting, self[index].life.upperBound)
    }
    for index in kept { self[index].life = 0..<Swift.max(1, steps.count) }
  }

  /// Whether two may be alive at the same time: also when one is the main track's and one is aside.
  func meets(_ one: Int, _ other: Int) -> Bool {
    if let first = self[one].track, let second = self[other].track, first != second { return true }
    return self[one].life.overlaps(self[other].life)
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
      let beside = placed.filter { meets($0, index) }
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
