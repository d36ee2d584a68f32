/// Why a checkpoint cannot be used. No description quotes the file's contents beyond names.
public enum CheckpointError: Error, Hashable, CustomStringConvertible {
  case cannotOpen(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  /// Not a safetensors file, or one whose header contradicts itself.
  case malformed(reason: String)
  /// The metadata says no or an impossible configuration.
  case badConfiguration(reason: String)
  /// The metadata says no or impossible ranges for 8-bit integers.
  case badCalibration(reason: String)
  /// The tensors are not those of the configured network.
  case doesNotFit(Misfit)
  /// The files of an import do not make up the network.
  case incomplete(Misfit)
  /// What an import was asked for does not go together.
  case badImport(reason: String)
  /// A tensor that was asked for by name.
  case noTensor(name: String)
  /// A tensor of numbers that cannot stand for weights or inputs.
  case unsuitable(name: String, reason: String)

  /// As MDETR's and Hugging Face's files do not.
  static let noConfiguration = badConfiguration(reason: "there is none")

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

  /// One line, whatever the names in the file are.
  public var description: String { text.inOneLine }

  private var text: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "Cannot read the checkpoint \(path): \(reason). Check the path and its permissions."
    case .cannotWrite(let path, let reason):
      "Cannot write \(path): \(reason). Name another file, or check the folder, its permissions "
        + "and free space."
    case .malformed(let reason):
      "Not a usable safetensors file: \(reason). Copy or export it again."
    case .badConfiguration(let reason):
      "The checkpoint's “config” metadata is unusable: \(reason). Make a checkpoint of "
        + "the weights with model import (--config states it)."
    case .badCalibration(let reason):
      "The checkpoint's “calibration” metadata is unusable: \(reason). Make one that has it with "
        + "model calibrate, or choose another precision."
    case .doesNotFit(let misfit):
      "The checkpoint does not fit its configuration; \(misfit). "
        + "Import its files again, or correct its “config” metadata."
    case .incomplete(let misfit):
      "The files do not make up the network; \(misfit). "
        + "Add the file that has what is missing, or state the sizes with --config."
    case .badImport(let reason): "Nothing was imported: \(reason)."
    case .noTensor(let name): "The file has no tensor “\(name)”. List its names with model inspect."
    case .unsuitable(let name, let reason): "Tensor “\(name)” \(reason). Export it again."
    }
  }
}

extension CheckpointError.Misfit: CustomStringConvertible {
  /// Every name, without advice.
  public var description: String {
    var parts: [String] = []
    if !missing.isEmpty { parts.append("missing: " + missing.joined(separator: ", ")) }
    if !unexpected.isEmpty { parts.append("unexpected: " + unexpected.joined(separator: ", ")) }
    if !misshapen.isEmpty {
      let shapes = misshapen.map { "\($0.name) is \($0.shape), not \($0.expected)" }
      parts.append("misshapen: " + shapes.joined(separator: ", "))
    }
    return parts.joined(separator: "; ")
  }
}
