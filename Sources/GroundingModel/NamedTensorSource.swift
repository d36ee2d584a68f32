public import Tensors

/// What a file says of one of its tensors.
public struct TensorFacts: Hashable, Sendable {
  public var type: StoredType
  public var shape: [Int]

  public init(type: StoredType, shape: [Int]) {
    self.type = type
    self.shape = shape
  }

  /// How many numbers there are.
  public var count: Int { shape.reduce(1, *) }
}

/// A collection of named tensors, whatever the format of its file.
public protocol NamedTensorSource: Sendable {
  /// Text by name that the file says of itself; empty in formats that have none.
  var metadata: [String: String] { get }
  /// In the order of the file.
  var names: [String] { get }
  /// Nil when there is no tensor of that name.
  func facts(of name: String) -> TensorFacts?
  /// The numbers as floats.
  func parameter(_ name: String) throws(CheckpointError) -> Parameter
}

extension NamedTensorSource {
  public var metadata: [String: String] { [:] }
}
