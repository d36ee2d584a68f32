/// A weight as a device wants it: converted and laid out once, when the network is loaded.
public struct PlanWeight: Sendable {
  private let numbers: Parameter
  /// What each row is multiplied by.
  private let scale: [Float]?
  /// Of a convolution's weight [outputs, inputs, kernel, kernel], which becomes [outputs, columns] with the
  /// inputs innermost and zeros at the end; nil for what stays as it is.
  private let unfolded: (inputs: Int, area: Int, columns: Int)?
  private let kind: FactorKind

  init(_ numbers: Parameter, as kind: FactorKind) {
    self.init(numbers, scale: nil, unfolded: nil, as: kind)
  }

  /// - columns: at least inputs · kernel · kernel.
  init(convolution weight: Parameter, scale: [Float], columns: Int, as kind: FactorKind) {
    let area = weight.shape[2] * weight.shape[3]
    self.init(weight, scale: scale, unfolded: (weight.shape[1], area, columns), as: kind)
  }

  private init(
    _ numbers: Parameter, scale: [Float]?, unfolded: (inputs: Int, area: Int, columns: Int)?,
    as kind: FactorKind
  ) {
    self.numbers = numbers
    self.scale = scale
    self.unfolded = unfolded
    self.kind = kind
  }

  /// How many there will be.
  public var byteCount: Int {
    (unfolded.map { $0.columns * numbers.shape[0] } ?? numbers.count) * kind.bytes
  }

  /// The numbers as the device's memory takes them.
  public func bytes() -> [UInt8] {
    let (rows, columns) = (numbers.shape[0], byteCount / kind.bytes / max(1, numbers.shape[0]))
    defer { numbers.releasePages() }
    return [UInt8](unsafeUninitializedCapacity: byteCount) { room, count in
      let target = UnsafeMutableRawPointer(room.baseAddress)
      count = byteCount
      guard let target, let source = numbers.pointer else { return }
      guard let unfolded else { return kind.convert(source, rows * columns, to: target) }
      var row = [Float](repeating: 0, count: columns)
      for output in 0..<rows {
        unfold(source, unfolded.inputs, unfolded.area, output: output, to: &row)
        kind.convert(row, columns, to: target + output * columns * kind.bytes)
      }
    }
  }

  /// - row: whose end is 0 already.
  private func unfold(
    _ source: UnsafePointer<Float>, _ inputs: Int, _ area: Int, output: Int, to row: inout [Float]
  ) {
    let factor = scale?[output] ?? 1
    let first = source + output * inputs * area
    for cell in 0..<area {
      for input in 0..<inputs { row[cell * inputs + input] = factor * first[input * area + cell] }
    }
  }
}

extension FactorKind {
  /// Numbers as they lie in memory, rounded to the nearest.
  func bytes(of values: [Float]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: values.count * bytes) { room, count in
      count = values.count * bytes
      if let target = UnsafeMutableRawPointer(room.baseAddress) {
        convert(values, values.count, to: target)
      }
    }
  }

  /// The same, from memory to memory.
  fileprivate func convert(
    _ source: UnsafePointer<Float>, _ count: Int, to target: UnsafeMutableRawPointer
  ) {
    switch self {
    case .f32: target.copyMemory(from: source, byteCount: 4 * count)
    case .bf16:
      let halves = target.bindMemory(to: UInt16.self, capacity: count)
      for index in 0..<count { halves[index] = Self.brain(source[index].bitPattern) }
    case .f16:
      let halves = target.bindMemory(to: UInt16.self, capacity: count)
      for index in 0..<count { halves[index] = Float16(source[index]).bitPattern }
    }
  }

  /// The upper half of a float, rounded to the nearest, ties to even; what is no number stays none.
  private static func brain(_ bits: UInt32) -> UInt16 {
    let rounded = UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
    return bits & 0x7fff_ffff > 0x7f80_0000 ? 0x7fff : rounded
  }
}
