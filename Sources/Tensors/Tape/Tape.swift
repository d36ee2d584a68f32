internal import COneDNN
internal import Glibc

/// A backend that remembers what it computed, so that it can go back and say how the result depends on
/// every parameter: reverse-mode differentiation, with each backward written beside its forward.
///
/// In 32-bit floats. A network that is built on a tape is built for `images` pictures at a time. Tensors of a
/// pass are alive until the tape has gone back over them or has been cleared.
public final class Tape: Backend {
  /// “tape”
  public let name = "tape"
  /// Pictures that go through the backbone together.
  public let images: Int
  let cpu: CPU
  /// Whether batch norms take the statistics of their batch, and learn; otherwise they are frozen.
  let learnsNorms: Bool
  private let dropout: Float
  private var random: UInt64
  /// How to go back over each operation, in the order in which they were done.
  private var steps: [() throws(TensorError) -> Void] = []
  private var gradients: [ObjectIdentifier: Memory] = [:]
  /// Memory that nothing learnt went into; alive, so that no other takes its name.
  private var constants: [ObjectIdentifier: Memory] = [:]
  /// Memory that has gradients, alive for the same reason.
  private var followed: [Memory] = []
  private var kept: [ObjectIdentifier: [Kept]] = [:]

  /// - dropout: the share of results that layers which drop set to 0.
  /// - seed: of what is dropped.
  public init(
    threads: Int, images: Int, learnsNorms: Bool, dropout: Float = 0, seed: UInt64 = 0
  ) throws(TensorError) {
    precondition(images > 0 && (0..<1).contains(dropout), "\(images) images, dropout \(dropout)")
    cpu = try CPU(threads: threads, poolBytesMax: 8 << 30)
    self.images = images
    self.learnsNorms = learnsNorms
    self.dropout = dropout
    random = seed
  }

  /// Call on the thread that trains, before anything else.
  public func enter() { cpu.enter() }

  /// Adds to the gradient of every parameter what a change of it changes in the loss, and clears the tape.
  ///
  /// - results: tensors with ∂loss/∂tensor, row after row.
  public func goBack(from results: [(tensor: Tensor, gradient: [Float])]) throws(TensorError) {
    defer { clear() }
    for (tensor, gradient) in results {
      precondition(gradient.count == tensor.rows * tensor.columns, "a gradient of another size")
      let target = try self.gradient(of: tensor)
      for row in 0..<tensor.rows {
        for column in 0..<tensor.columns {
          target.row(row)[column] += gradient[row * tensor.columns + column]
        }
      }
    }
    while let step = steps.popLast() { try step() }
  }

  /// Forgets a pass.
  public func clear() {
    steps = []
    kept = [:]
    gradients = [:]
    constants = [:]
    followed = []
  }

  // What operations are made of.

  /// Remembers how to go back over an operation that was just done.
  func record(_ step: @escaping () throws(TensorError) -> Void) { steps.append(step) }

  func markConstant(_ memory: Memory) { constants[ObjectIdentifier(memory)] = memory }

  func isConstant(_ memory: Memory) -> Bool { constants[ObjectIdentifier(memory)] != nil }

  /// The gradient of what stands in a tensor's memory, 0 as long as nothing was added.
  ///
  /// Operations in place need no other: going back, it becomes the gradient of what stood there before.
  func gradient(of tensor: Tensor) throws(TensorError) -> Tensor {
    if let known = gradients[ObjectIdentifier(tensor.memory)] { return tensor.place(in: known) }
    let memory = try cpu.pool.block(floats: tensor.memory.capacity)
    memset(memory.pointer, 0, tensor.memory.capacity * MemoryLayout<Float>.stride)
    follow(tensor.memory, memory)
    return tensor.place(in: memory)
  }

  private func follow(_ memory: Memory, _ gradient: Memory) {
    gradients[ObjectIdentifier(memory)] = gradient
    followed.append(memory)
  }

  /// The gradient of a feature map that something was made of; nil when nothing came of it.
  func knownGradient(of memory: Memory) -> Memory? { gradients[ObjectIdentifier(memory)] }

  /// Adds to the gradient of a whole block of memory what `write` writes.
  func contribute(
    to memory: Memory, floats count: Int,
    _ write: (UnsafeMutablePointer<Float>) throws(TensorError) -> Void
  ) throws(TensorError) {
    if isConstant(memory) { return }
    let block = try cpu.pool.block(floats: memory.capacity)
    try write(block.pointer)
    guard let known = gradients[ObjectIdentifier(memory)] else { return follow(memory, block) }
    let (sum, added) = (known.pointer, block.pointer)
    cpu.spread(count) { range in addVectors(added, to: sum, range) }
  }

  // Values that backward operations need.

  /// A tensor as it is now: it moves elsewhere when somebody overwrites its memory.
  final class Kept {
    fileprivate(set) var tensor: Tensor

    fileprivate init(_ tensor: Tensor) { self.tensor = tensor }
  }

  func keep(_ tensor: Tensor) -> Kept {
    let kept = Kept(tensor)
    self.kept[ObjectIdentifier(tensor.memory), default: []].append(kept)
    return kept
  }

  /// Has to be called before memory is overwritten: somebody may have kept what is there, and what comes may
  /// be learnt.
  func willOverwrite(_ tensor: Tensor) throws(TensorError) {
    constants[ObjectIdentifier(tensor.memory)] = nil
    guard let holders = kept.removeValue(forKey: ObjectIdentifier(tensor.memory)) else { return }
    let count = tensor.memory.capacity
    let copy = try cpu.pool.block(floats: count)
    let (from, to) = (tensor.memory.pointer, copy.pointer)
    cpu.spread(count) { range in
      (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
    }
    for holder in holders { holder.tensor = holder.tensor.place(in: copy) }
  }

  /// For each of `count` numbers 0 or 1 / (1 − dropout); nil when nothing is dropped.
  func dropMask(_ count: Int) throws(TensorError) -> Memory? {
    guard dropout > 0 else { return nil }
    let mask = try cpu.pool.block(floats: count)
    let limit = UInt32(dropout * Float(1 << 24))
    let kept = 1 / (1 - dropout)
    for place in 0..<count {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      mask.pointer[place] = UInt32(random >> 40) < limit ? 0 : kept
    }
    return mask
  }

  /// Where the generator of what is dropped stands, to go on from there another time.
  public var randomState: UInt64 {
    get { random }
    set { random = newValue }
  }
}

extension CPU {
  /// Cuts 0..<count into a range for every thread.
  func spread(_ count: Int, _ body: (Range<Int>) -> Void) {
    guard count > 1 << 14 else { return body(0..<count) }
    parallel(threads) { thread in
      let start = count * thread / threads / 16 * 16
      let end = thread + 1 == threads ? count : count * (thread + 1) / threads / 16 * 16
      body(start..<end)
    }
  }

  /// c ← a · b + beta · c, each of a and b transposed where asked; [rows, columns] of c, `inner` summed over.
  func multiply(
    _ a: Tensor, transposed aFlips: Bool = false, by b: UnsafePointer<Float>,
    stride bStride: Int, byTransposed bFlips: Bool = false, inner: Int,
    to c: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, stride cStride: Int, beta: Float
  ) throws(TensorError) {
    guard rows > 0, columns > 0, inner > 0 else { return }
    let (yes, no) = (CChar(UInt8(ascii: "T")), CChar(UInt8(ascii: "N")))
    try check(
      dnnl_sgemm(
        aFlips ? yes : no, bFlips ? yes : no, dnnl_dim_t(rows), dnnl_dim_t(columns),
        dnnl_dim_t(inner), 1, a.pointer, dnnl_dim_t(a.stride), b, dnnl_dim_t(bStride), beta, c,
        dnnl_dim_t(cStride)), "multiply")
  }
}
