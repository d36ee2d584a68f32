internal import FoundationEssentials
internal import Tensors

extension Arguments {
  /// `--precision`, or 32-bit floats.
  var precision: Precision {
    get throws { try precision("precision") ?? .f32 }
  }

  /// A precision that this machine has; nil when the option was not given. `auto` is what the
  /// configuration's `auto` is.
  func precision(_ name: String) throws -> Precision? {
    let words = Precision.allCases.map(\.rawValue) + ["auto"]
    guard let word = try choice(name, of: words) else { return nil }
    let precision = Precision(rawValue: word) ?? .f32
    guard CPU.supports(precision) else { throw TensorError.unsupported(precision) }
    return precision
  }

  /// `--threads`, or one for each core.
  var threads: Int {
    get throws {
      try integer("threads", in: 1...1_024) ?? ProcessInfo.processInfo.activeProcessorCount
    }
  }
}
