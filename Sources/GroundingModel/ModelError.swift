public import CUDA
public import Tensors

/// Why the network was not made or did not answer. Descriptions contain no report text.
public enum ModelError: Error, Hashable, CustomStringConvertible {
  case checkpoint(CheckpointError)
  case tensors(TensorError)
  /// The GPU cannot be used, or has failed.
  case device(CUDAError)
  /// What was asked of the network is impossible.
  case badRequest(reason: String)

  /// True when there was no memory, now: the same may succeed later.
  public var isLackOfMemory: Bool {
    switch self {
    case .tensors(let error): error.isLackOfMemory
    case .device(.outOfMemory), .device(.outOfPinnedMemory): true
    case .checkpoint, .badRequest, .device: false
    }
  }

  /// True when the device is what failed, and not what was asked of it: no report has to do with it.
  public var isLossOfDevice: Bool {
    if case .device = self { !isLackOfMemory } else { false }
  }

  public var description: String {
    switch self {
    case .checkpoint(let error): error.description
    case .tensors(let error): error.description
    case .device(let error): error.description
    case .badRequest(let reason): "The network cannot take this: \(reason)."
    }
  }
}

/// Runs `body`, and says a checkpoint's error or a backend's as the model's.
func translating<Value>(_ body: () throws -> Value) throws(ModelError) -> Value {
  do { return try body() } catch let error as CheckpointError {
    throw .checkpoint(error)
  } catch let error as TensorError {
    throw .tensors(error)
  } catch let error as CUDAError {
    throw .device(error)
  } catch let error as ModelError {
    throw error
  } catch { throw .badRequest(reason: "\(error)") }
}
