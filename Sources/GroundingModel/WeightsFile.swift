internal import Tensors

/// Files of weights, in whatever format other projects keep them.
public enum WeightsFile {
  /// Opens safetensors, or PyTorch's zip format, by content.
  public static func open(_ path: String) throws(CheckpointError) -> any NamedTensorSource {
    do throws(TorchArchiveError) {
      return TorchWeights(path: path, archive: try TorchArchive(file: path))
    } catch {
      guard case .notAnArchive = error else {
        throw .cannotOpen(path: path, reason: error.description)
      }
      return try Checkpoint(path: path)
    }
  }
}

/// The tensors of PyTorch's zip format as a source of weights.
private struct TorchWeights: NamedTensorSource {
  let path: String
  let archive: TorchArchive

  var names: [String] { archive.tensors.map(\.name) }

  func facts(of name: String) -> TensorFacts? {
    archive.tensor(name).map { TensorFacts(type: $0.kind.stored, shape: $0.shape) }
  }

  func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    guard let tensor = archive.tensor(name) else { throw .noTensor(name: name) }
    do throws(TorchArchiveError) {
      return Parameter(try tensor.floats(), shape: tensor.shape)
    } catch {
      throw .cannotOpen(path: path, reason: error.description)
    }
  }
}

extension TorchTensor.Kind {
  /// The nearest of our kinds; only the size of the small integers is not kept.
  fileprivate var stored: StoredType {
    switch self {
    case .float32: .f32
    case .float16: .f16
    case .bfloat16: .bf16
    case .float64: .f64
    case .int64: .i64
    case .int32, .int16: .i32
    case .int8, .uint8: .u8
    case .bool: .bool
    }
  }
}
