internal import FoundationEssentials
internal import GroundingModel
internal import Tensors

extension Arguments {
  /// `--precision` for these weights, or 32-bit floats.
  func precision(for weights: any NamedTensorSource) throws -> Precision {
    try precision("precision", for: weights) ?? .f32
  }

  /// A precision that this machine has; nil when the option was not given. `auto` is what the
  /// configuration's `auto` is.
  func precision(
    _ name: String, for weights: @autoclosure () throws -> any NamedTensorSource
  ) throws -> Precision? {
    let words = Precision.allCases.map(\.rawValue) + ["auto"]
    guard let word = try choice(name, of: words) else { return nil }
    let precision =
      try Precision(rawValue: word) ?? BackboneRanges.automaticPrecision(for: weights())
    guard CPU.supports(precision) else { throw TensorError.unsupported(precision) }
    return precision
  }

  /// `--device`, or the CPU.
  var device: DeviceName {
    get throws(UsageError) {
      guard let word = value("device") else { return .cpu }
      guard let device = DeviceName(word) else {
        throw .invalid(option: "device", value: word, allowed: "cpu, or cuda:0 and so on")
      }
      return device
    }
  }

  /// `--precision` of a GPU, or 32-bit floats.
  var factors: FactorKind {
    get throws(UsageError) {
      let kinds = FactorKind.allCases
      let word = try choice("precision", of: kinds.map { "\($0)" } + ["auto"])
      return kinds.first { "\($0)" == word } ?? .f32
    }
  }

  /// `--threads`, or one for each core.
  var threads: Int {
    get throws {
      try integer("threads", in: 1...1_024) ?? ProcessInfo.processInfo.activeProcessorCount
    }
  }
}
