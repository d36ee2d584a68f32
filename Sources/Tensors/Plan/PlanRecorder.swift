/// A backend that computes nothing and writes down what would have to be computed, for a device that is given
/// all of it at once.
///
/// Layers are made once, and a plan for every size is recorded by running the network between `begin` and
/// `finish`. What only a run knows is left open: pixels; token ids, where negative ones are gathered; how many
/// tokens each sentence has, and where they begin; and which image it speaks of. Rows of open ids are the tokens of
/// all sentences, one after the other without room between them; their segments are said as if every sentence had
/// all of its room. Attention looks at no more keys than there are. Belongs to one thread.
public final class PlanRecorder: Backend {
  /// “plan”
  public let name = "plan"
  /// What its products multiply.
  public let factors: FactorKind
  /// All weights of the layers that were made.
  public private(set) var weights: [PlanWeight] = []
  /// [3, 256], what the samples of a plane's images become; needed where they come as such.
  public var sampleTable: [Float] = []
  /// A device has memory enough for all rows of a product.
  public var rowsAtATime: Int { .max }
  private(set) var size = PlanSize(images: 0, sentences: 0, tokens: 0)
  private var steps: [PlanStep] = []
  private var track = PlanTrack.main
  private var meeting = 0
  private var buffers: [PlanBuffer] = []
  private var constants: [[UInt8]] = []
  private var slots: [PlanSlot: Int] = [:]
  private var contents: [ObjectIdentifier: Content] = [:]
  /// Keeps the memory of activations alive, so that no other takes its name.
  private var held: [Memory] = []

  private var tables: [UnsafePointer<Float>: PlanPlace] = [:]

  /// Rotations that are not done yet, by the memory that they turn.
  var turns: [ObjectIdentifier: PlanTurn] = [:]
  /// Cosines and sines of rotations.
  var turnTables: [PlanTurn.Table: PlanPlace] = [:]

  /// What a tensor's rows are.
  enum Layout {
    /// Known when the plan is made.
    case even
    /// Those of each sentence end in padding.
    case padded
    /// Tokens of all sentences, one after the other.
    case packed
  }

  /// What stands behind a tensor's memory.
  enum Content {
    case buffer(Int, Layout)
    /// Some of a buffer's rows, beginning where a run says: `step` times what number `index` of the slot is.
    case chosen(buffer: Int, bufferRows: Int, slot: PlanSlot, index: Int, step: Int)
  }

  public init(factors: FactorKind) { self.factors = factors }

  /// Begins a plan.
  public func begin(_ size: PlanSize) throws(TensorError) {
    forget()
    self.size = size
    try launch(
      "clear", [slot(.unsound, bytes: 4 * size.images)], [size.images], numbers: size.images)
  }

  /// Ends the plan that was begun.
  ///
  /// - results: what it answers.
  public func finish(_ results: [(slot: PlanSlot, tensor: Tensor)]) -> Plan {
    for (slot, tensor) in results {
      guard case .activation(let buffer, 0) = place(of: tensor) else {
        preconditionFailure("a part of a tensor as \(slot)")
      }
      slots[slot] = buffer
    }
    buffers.findLives(in: steps, meeting: meeting, kept: Set(slots.values))
    let arenaBytes = buffers.place()
    defer { forget() }
    return Plan(
      size: size, factors: factors, steps: steps, meeting: meeting, buffers: buffers,
      slots: slots, constants: constants, arenaBytes: arenaBytes)
  }

  private func forget() {
    (steps, buffers, constants, slots, contents, held) = ([], [], [], [:], [:], [])
    (turns, turnTables) = ([:], [:])
    (track, meeting) = (.main, 0)
  }

  /// What `body` records may be done beside what is recorded after it, until `meet`.
  public func aside<Value>(_ body: () throws -> Value) rethrows -> Value {
    track = .aside
    defer { track = .main }
    return try body()
  }

  /// What comes needs all that was recorded.
  public func meet() { meeting = steps.count }

  // What operations are made of.

  func weight(_ weight: PlanWeight) -> PlanPlace {
    weights.append(weight)
    return .weight(weights.count - 1)
  }

  func constant(_ bytes: [UInt8]) -> PlanPlace {
    constants.append(bytes)
    return .constant(constants.count - 1)
  }

  func constant(_ numbers: [Int32]) -> PlanPlace {
    constant(numbers.withUnsafeBytes { [UInt8]($0) })
  }

  func slot(_ slot: PlanSlot, bytes: Int) -> PlanPlace {
    let known = slots[slot]
    if known == nil { buffers.append(PlanBuffer(bytes: bytes)) }
    let buffer = known ?? buffers.count - 1
    slots[slot] = buffer
    return .activation(buffer: buffer, bytes: 0)
  }

  /// A slot of numbers that go by the plan's size.
  func slot(_ slot: PlanSlot) -> PlanPlace {
    let numbers =
      switch slot {
      case .ids, .positions: size.rows
      case .lengths, .images: size.sentences
      case .starts: size.sentences + 1
      case .unsound: size.images
      case .pixels, .boxes, .logits: preconditionFailure("\(slot) of no known size")
      }
    return self.slot(slot, bytes: 4 * numbers)
  }

  func record(_ work: PlanStep.Work) { steps.append(PlanStep(work: work, track: track)) }

  /// The last step, if it is a launch of that kernel over the memory of a tensor: taken back.
  func takeBack(_ kernel: String, over x: Tensor, before later: Int) -> Bool {
    let index = steps.count - 1 - later
    guard index >= 0, case .launch(let launch) = steps[index].work, launch.kernel == kernel,
      launch.places[0] == place(of: x)
    else { return false }
    steps.remove(at: index)
    return true
  }

  /// A table of rows that is kept once for all plans.
  func tableWeight(_ table: Parameter) -> PlanPlace {
    if let known = table.pointer.flatMap({ tables[$0] }) { return known }
    let place = weight(PlanWeight(table, as: .f32))
    if let pointer = table.pointer { tables[pointer] = place }
    return place
  }

  /// Launches a kernel that goes over so many numbers, several for each thread.
  func launch(
    _ kernel: String, _ places: [PlanPlace], _ integers: [Int], floats: [Float] = [],
    numbers: Int
  ) throws(TensorError) {
    let blocks = min(max(1, (numbers + 1023) / 1024), 4096)
    try launch(kernel, places, integers, floats: floats, PlanGrid(x: blocks), threads: 256)
  }

  func launch(
    _ kernel: String, _ places: [PlanPlace], _ integers: [Int], floats: [Float] = [],
    _ grid: PlanGrid, threads: Int
  ) throws(TensorError) {
    guard integers.allSatisfy({ Int32(exactly: $0) != nil }) else {
      throw .shape("\(kernel) over \(integers), more than a device counts")
    }
    record(
      .launch(
        PlanLaunch(
          kernel: kernel, places: places, integers: integers, floats: floats, grid: grid,
          threads: threads)))
  }

  /// A new activation of floats or factors.
  func activation(
    rows: Int, columns: Int, isFactor: Bool, _ layout: Layout = .even
  ) throws(TensorError) -> Tensor {
    let isHalf = isFactor && factors != .f32
    let memory = try memory(bytes: rows * columns * (isHalf ? 2 : 4), layout)
    return Tensor(rows: rows, columns: columns, memory: memory, isHalf: isHalf)
  }

  func memory(bytes: Int, _ layout: Layout = .even) throws(TensorError) -> Memory {
    let memory = try Memory(standingFor: (bytes + 3) / 4)
    buffers.append(PlanBuffer(bytes: max(4, bytes)))
    hold(memory, as: .buffer(buffers.count - 1, layout))
    return memory
  }

  func hold(_ memory: Memory, as content: Content) {
    contents[ObjectIdentifier(memory)] = content
    held.append(memory)
  }

  func content(of memory: Memory) -> Content {
    guard let known = contents[ObjectIdentifier(memory)] else {
      preconditionFailure("a tensor of another plan")
    }
    return known
  }

  func layout(of x: Tensor) -> Layout {
    if case .buffer(_, let layout) = content(of: x.memory) { layout } else { .even }
  }

  /// Where a memory is for a step that is recorded next; a rotation that it waits for is done before.
  func place(of memory: Memory, bytes: Int = 0) -> PlanPlace {
    settle(memory)
    return known(memory, bytes: bytes)
  }

  private func known(_ memory: Memory, bytes: Int) -> PlanPlace {
    guard case .buffer(let buffer, _) = content(of: memory) else {
      preconditionFailure("rows of a chosen image or sentence can only be copied")
    }
    return .activation(buffer: buffer, bytes: bytes)
  }

  func place(of x: Tensor) -> PlanPlace {
    place(of: x.memory, bytes: x.offset * (x.isHalf ? 2 : 4))
  }

  /// Where it is for a step that does its rotation, which other steps go on waiting for.
  func placeAsItIs(of x: Tensor) -> PlanPlace {
    known(x.memory, bytes: x.offset * (x.isHalf ? 2 : 4))
  }
}
