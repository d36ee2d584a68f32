/// Visits every state that a model can reach, breadth first: the first violation it meets has the shortest
/// trace.
struct Explorer {
  private let model: ProtocolModel
  private var states: [ModelState] = [ModelState()]
  private var indices: [ModelState: Int32] = [ModelState(): 0]
  /// By state: the one it was first reached from.
  private var parents: [Int32] = [-1]
  /// Every step there is, as pairs.
  private var origins: [Int32] = []
  private var targets: [Int32] = []
  private var actions: Set<Step.Action> = []

  struct Outcome {
    let states: Int
    var steps = 0
    /// The kinds of steps that were met.
    var actions: Set<Step.Action> = []
    var violation: Violation?
    /// From the beginning to the violation.
    var trace: [Step] = []
  }

  static func outcome(of model: ProtocolModel) -> Outcome {
    var explorer = Explorer(model)
    return explorer.run()
  }

  private init(_ model: ProtocolModel) { self.model = model }

  private mutating func run() -> Outcome {
    var index = 0
    while index < states.count {
      if let violation = model.violation(in: states[index]) {
        return Outcome(
          states: states.count, steps: targets.count, actions: actions, violation: violation,
          trace: trace(to: index))
      }
      model.steps(from: states[index]) { step, next in
        actions.insert(step.action)
        note(next, from: Int32(index))
      }
      index += 1
    }
    var outcome = Outcome(states: states.count, steps: targets.count, actions: actions)
    if let stuck = firstStuck() {
      outcome.violation = .stuck
      outcome.trace = trace(to: stuck)
    }
    return outcome
  }

  private mutating func note(_ next: ModelState, from origin: Int32) {
    let new = Int32(states.count)
    let index = indices[next] ?? new
    if index == new {
      indices[next] = new
      states.append(next)
      parents.append(origin)
    }
    origins.append(origin)
    targets.append(index)
  }

  /// The first state from which nothing leads to where everything is out: found by going backwards from there.
  private func firstStuck() -> Int? {
    var starts = [Int32](repeating: 0, count: states.count + 1)
    for target in targets { starts[Int(target) + 1] += 1 }
    for index in states.indices { starts[index + 1] += starts[index] }
    var sorted = [Int32](repeating: 0, count: targets.count)
    var free = starts
    for edge in targets.indices {
      let target = Int(targets[edge])
      sorted[Int(free[target])] = origins[edge]
      free[target] += 1
    }
    var isLeading = states.map(model.isDone)
    var open = isLeading.indices.filter { isLeading[$0] }
    while let index = open.popLast() {
      for place in starts[index]..<starts[index + 1] {
        let origin = Int(sorted[Int(place)])
        guard !isLeading[origin] else { continue }
        isLeading[origin] = true
        open.append(origin)
      }
    }
    return isLeading.firstIndex(of: false)
  }

  /// The steps that first led to that state.
  private func trace(to index: Int) -> [Step] {
    var steps: [Step] = []
    var index = index
    while parents[index] >= 0 {
      let origin = Int(parents[index])
      var step: Step?
      model.steps(from: states[origin]) { candidate, next in
        if step == nil && next == states[index] { step = candidate }
      }
      if let step { steps.append(step) }
      index = origin
    }
    return steps.reversed()
  }
}
