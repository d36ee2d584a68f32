internal import COneDNN

/// Why arithmetic on tensors failed.
public enum TensorError: Error, Hashable, CustomStringConvertible {
  /// The library refused an operation with a status of its own.
  case library(operation: String, status: Int)
  /// So many bytes could not be had.
  case outOfMemory(bytes: Int)
  /// Sizes that do not fit each other or the backend.
  case shape(String)
  /// Weights that are not finite once the batch norm behind them is folded in.
  case notFinite
  /// The processor lacks the instructions.
  case unsupported(Precision)

  /// True when memory is what was missing, for us or for the library.
  public var isLackOfMemory: Bool {
    switch self {
    case .outOfMemory: true
    case .library(_, let status): status == Int(dnnl_out_of_memory.rawValue)
    case .shape, .notFinite, .unsupported: false
    }
  }

  public var description: String {
    switch self {
    case .library(let operation, let status):
      "oneDNN refused to \(operation) (status \(status)). Check that libdnnl2 of this system works."
    case .outOfMemory(let bytes):
      "No memory for \(bytes) bytes of activations. Lower model.batch_reports_max or free some."
    case .notFinite: "Weights of a convolution are not finite. Export the checkpoint again."
    case .unsupported(let precision):
      "This processor does not compute in \(precision.rawValue). Set grounder.precision to f32."
    case .shape(let reason): "The network's sizes do not fit: \(reason). Check the checkpoint."
    }
  }
}
