/// One tensor of a PyTorch file.
public struct TorchTensor: Sendable {
  /// What the numbers are.
  public enum Kind: String, Sendable {
    case float32, float16, bfloat16, float64, int64, int32, int16, int8, uint8, bool

    var bytes: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16, .int16: 2
      case .int8, .uint8, .bool: 1
      }
    }
  }

  public let name: String
  public let shape: [Int]
  public let kind: Kind
  private let storage: TorchBytes
  private let offset: Int
  private let strides: [Int]

  /// Checks that every element lies in the storage, and that none is repeated to make it look
  /// larger than the file.
  init(name: String, _ layout: TorchLayout) throws(TorchArchiveError) {
    let label = TorchArchiveError.printable(name)
    let kind = layout.storage.kind
    guard layout.shape.count == layout.strides.count, layout.shape.count <= 8,
      layout.offset >= 0, layout.shape.allSatisfy({ $0 >= 0 }),
      layout.strides.allSatisfy({ $0 >= 0 })
    else { throw .misshapen(tensor: label) }
    var (count, last) = (1, layout.offset)
    let isEmpty = layout.shape.contains(0)
    for (size, stride) in zip(layout.shape, layout.strides) where !isEmpty {
      let (product, isTooMany) = count.multipliedReportingOverflow(by: size)
      let (step, isTooFar) = (size - 1).multipliedReportingOverflow(by: stride)
      let (end, isBeyond) = last.addingReportingOverflow(step)
      guard !isTooMany, !isTooFar, !isBeyond else { throw .misshapen(tensor: label) }
      (count, last) = (product, end)
    }
    guard isEmpty || (last < layout.storage.count && count <= layout.storage.count) else {
      throw .misshapen(tensor: label)
    }
    self.name = name
    self.kind = kind
    shape = layout.shape
    storage = layout.storage.bytes
    offset = layout.offset
    strides = layout.strides
  }

  /// How many numbers it holds.
  public var count: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

  /// The numbers, row by row, in single precision.
  ///
  /// - Throws: `.wrongKind` for integers.
  public func floats() throws(TorchArchiveError) -> [Float] {
    switch kind {
    case .float32:
      return gather { Float(bitPattern: $0.loadUnaligned(fromByteOffset: $1, as: UInt32.self)) }
    case .float16:
      return gather {
        Float(Float16(bitPattern: $0.loadUnaligned(fromByteOffset: $1, as: UInt16.self)))
      }
    case .bfloat16:
      return gather {
        Float(bitPattern: UInt32($0.loadUnaligned(fromByteOffset: $1, as: UInt16.self)) << 16)
      }
    case .float64:
      return gather {
        Float(Double(bitPattern: $0.loadUnaligned(fromByteOffset: $1, as: UInt64.self)))
      }
    case .int64, .int32, .int16, .int8, .uint8, .bool: throw wrongKind
    }
  }

  /// The numbers, row by row; true is 1.
  ///
  /// - Throws: `.wrongKind` for floating point.
  public func integers() throws(TorchArchiveError) -> [Int64] {
    switch kind {
    case .int64: return gather { $0.loadUnaligned(fromByteOffset: $1, as: Int64.self) }
    case .int32: return gather { Int64($0.loadUnaligned(fromByteOffset: $1, as: Int32.self)) }
    case .int16: return gather { Int64($0.loadUnaligned(fromByteOffset: $1, as: Int16.self)) }
    case .int8: return gather { Int64($0.loadUnaligned(fromByteOffset: $1, as: Int8.self)) }
    case .uint8: return gather { Int64($0.loadUnaligned(fromByteOffset: $1, as: UInt8.self)) }
    case .bool: return gather { $0.load(fromByteOffset: $1, as: UInt8.self) == 0 ? 0 : 1 }
    case .float32, .float16, .bfloat16, .float64: throw wrongKind
    }
  }

  private var wrongKind: TorchArchiveError {
    .wrongKind(tensor: TorchArchiveError.printable(name), kind: kind.rawValue)
  }

  /// Every element in row-major order, whatever the strides; the last axis is the inner loop.
  private func gather<Value>(_ read: (UnsafeRawBufferPointer, Int) -> Value) -> [Value] {
    guard count > 0 else { return [] }
    let size = kind.bytes
    let (columns, step) = (shape.last ?? 1, (strides.last ?? 1) * size)
    return storage.withBytes { bytes in
      [Value](unsafeUninitializedCapacity: count) { values, filled in
        var index = [Int](repeating: 0, count: max(shape.count - 1, 0))
        while filled < count {
          let row = zip(index, strides).reduce(offset) { $0 + $1.0 * $1.1 } * size
          for column in 0..<columns {
            values.initializeElement(at: filled, to: read(bytes, row + column * step))
            filled += 1
          }
          advance(&index)
        }
      }
    }
  }

  /// To the next row.
  private func advance(_ index: inout [Int]) {
    for axis in index.indices.reversed() {
      index[axis] += 1
      if index[axis] < shape[axis] { return }
      index[axis] = 0
    }
  }
}

/// How a tensor lies in its storage, as the file says; not yet checked.
struct TorchLayout: Sendable {
  var storage: TorchStorage
  var offset: Int
  var shape: [Int]
  var strides: [Int]
}

/// A run of numbers of one kind, checked against the length of its entry.
struct TorchStorage: Sendable {
  var kind: TorchTensor.Kind
  var bytes: TorchBytes
  var count: Int
}
