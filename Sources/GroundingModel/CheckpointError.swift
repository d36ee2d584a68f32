/// Why a checkpoint cannot be used. No description quotes the file's contents beyond names.
public enum CheckpointError: Error, Hashable, CustomStringConvertible {
  case cannotOpen(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  /// Not a safetensors file, or one whose header contradicts itself.
  case malformed(reason: String)
  /// The metadata says no or an impossible configuration.
  case badConfiguration(reason: String)
  /// The tensors are not those of the configured network.
  case doesNotFit(Misfit)
  /// A tensor that was asked for by name.
  case noTensor(name: String)
  /// A tensor of numbers that cannot stand for weights or inputs.
  case unsuitable(name: String, reason: String)

  static let notFinite = "has numbers that are infinite or none"

  /// Everything that differs between a checkpoint and its network.
  public struct Misfit: Hashable, Sendable {
    public var missing: [String] = []
    public var unexpected: [String] = []
    public var misshapen: [Misshapen] = []

    public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }
  }

  public struct Misshapen: Hashable, Sendable {
    public var name: String
    public var shape: [Int]
    public var expected: [Int]
  }

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "Cannot read the checkpoint \(path): \(reason). Check the path and its permissions."
    case .cannotWrite(let path, let reason):
      "Cannot write \(path): \(reason). Name another file, or check the folder, its permissions and space."
    case .malformed(let reason):
      "Not a usable safetensors file: \(reason). Copy or export it again."
    case .badConfiguration(let reason):
      "The checkpoint's “config” metadata is unusable: \(reason). Import the weights again."
    case .doesNotFit(let misfit): Self.describe(misfit)
    case .noTensor(let name): "The file has no tensor “\(name)”. List its names with model inspect."
    case .unsuitable(let name, let reason): "Tensor “\(name)” \(reason). Export it again."
    }
  }

  private static func describe(_ misfit: Misfit) -> String {
    var parts: [String] = []
    if !misfit.missing.isEmpty {
      parts.append("missing: " + misfit.missing.joined(separator: ", "))
    }
    if !misfit.unexpected.isEmpty {
      parts.append("unexpected: " + misfit.unexpected.joined(separator: ", "))
    }
    if !misfit.misshapen.isEmpty {
      let shapes = misfit.misshapen.map { "\($0.name) is \($0.shape), not \($0.expected)" }
      parts.append("misshapen: " + shapes.joined(separator: ", "))
    }
    return "The checkpoint does not fit its configuration; " + parts.joined(separator: "; ")
      + ". Convert it with model import, or correct its “config” metadata."
  }
}
