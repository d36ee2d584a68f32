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
    let plain = numbers.values
    numbers.releasePages()
    let values = unfolded.map { unfold(plain, inputs: $0, area: $1, columns: $2) } ?? plain
    return kind.bytes(of: values)
  }

  private func unfold(_ plain: [Float], inputs: Int, area: Int, columns: Int) -> [Float] {
    let outputs = numbers.shape[0]
    var values = [Float](repeating: 0, count: outputs * columns)
    for output in 0..<outputs {
      let factor = scale?[output] ?? 1
      for input in 0..<inputs {
        for cell in 0..<area {
          values[output * columns + cell * inputs + input] =
            factor * plain[(output * inputs + input) * area + cell]
        }
      }
    }
    return values
  }
}

extension FactorKind {
  /// Numbers as they lie in memory, rounded to the nearest.
  func bytes(of values: [Float]) -> [UInt8] {
    switch self {
    case .f32: return values.withUnsafeBytes { [UInt8]($0) }
    case .bf16:
      return values.map(Self.brain).withUnsafeBytes { [UInt8]($0) }
    case .f16: return values.map { Float16($0).bitPattern }.withUnsafeBytes { [UInt8]($0) }
    }
  }

  /// The upper half of a float, rounded to the nearest, ties to even.
  private static func brain(_ value: Float) -> UInt16 {
    guard !value.isNaN else { return 0x7fff }
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }
}
