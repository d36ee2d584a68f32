/// A matrix in the memory of a backend: [rows, columns], row after row; of 32-bit floats, unless it is
/// only there to be multiplied again and its backend keeps factors in 16 bits.
///
/// A tensor is a view: `columns(_:)` and `rows(_:)` share the memory that they are taken from, and a
/// backend that writes into a view writes into the whole.
public struct Tensor {
  public let rows: Int
  public let columns: Int
  /// Distance between the starts of two rows, in numbers; `columns` when the rows touch.
  let stride: Int
  let offset: Int
  let memory: Memory
  /// Of bfloat16.
  let isHalf: Bool
  /// Rows from here to the end of the memory which no other view of it uses.
  let spareRows: Int

  init(rows: Int, columns: Int, memory: Memory, isHalf: Bool = false) {
    self.init(
      rows: rows, columns: columns, stride: columns, offset: 0, memory: memory, isHalf: isHalf)
  }

  private init(
    rows: Int, columns: Int, stride: Int, offset: Int, memory: Memory, isHalf: Bool,
    spareRows: Int? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.stride = stride
    self.offset = offset
    self.memory = memory
    self.isHalf = isHalf
    let capacity = memory.capacity * (isHalf ? 2 : 1)
    self.spareRows = spareRows ?? max(0, (capacity - offset) / max(1, stride) - rows)
  }

  /// Some of the columns of every row.
  public func columns(_ range: Range<Int>) -> Tensor {
    precondition(
      0 <= range.lowerBound && range.upperBound <= columns, "\(range) of \(columns) columns")
    return Tensor(
      rows: rows, columns: range.count, stride: stride, offset: offset + range.lowerBound,
      memory: memory, isHalf: isHalf, spareRows: 0)
  }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(0 <= range.lowerBound && range.upperBound <= rows, "\(range) of \(rows) rows")
    return Tensor(
      rows: range.count, columns: columns, stride: stride,
      offset: offset + range.lowerBound * stride, memory: memory, isHalf: isHalf,
      spareRows: range.upperBound == rows ? spareRows : 0)
  }

  /// The same rows and columns of another block of the same size.
  func place(in memory: Memory) -> Tensor {
    Tensor(
      rows: rows, columns: columns, stride: stride, offset: offset, memory: memory,
      isHalf: isHalf, spareRows: 0)
  }

  /// True when the rows touch each other.
  var isContiguous: Bool { stride == columns || rows <= 1 }

  /// The first number, of whatever kind.
  var raw: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(memory.pointer) + offset * (isHalf ? 2 : 4)
  }

  var pointer: UnsafeMutablePointer<Float> {
    precondition(!isHalf, "factors of 16 bits read as floats")
    return memory.pointer + offset
  }

  func row(_ index: Int) -> UnsafeMutablePointer<Float> { pointer + index * stride }

  /// True when both are the same rows of the same memory.
  public func isSame(as other: Tensor) -> Bool {
    memory === other.memory && offset == other.offset && rows == other.rows
      && columns == other.columns && stride == other.stride
  }
}

extension Tensor {
  /// Tensors come with room for their rows rounded up to this, so that products know few sizes.
  static let rowQuantum = 32

  static func rounded(_ rows: Int) -> Int { (rows + rowQuantum - 1) / rowQuantum * rowQuantum }

  /// Rows that a product may compute: rounded up where the memory behind is nobody else's.
  var paddedRows: Int {
    let rounded = Self.rounded(rows)
    return isContiguous && rounded - rows <= spareRows ? rounded : rows
  }
}

/// Rows as products take them: rounded where the backend rounds factors.
public struct Factors {
  /// [rows, columns]
  public let values: Tensor
  /// [rows, columns], with positions added.
  public let placed: Tensor

  public init(values: Tensor, placed: Tensor) {
    self.values = values
    self.placed = placed
  }
}

/// What an activation of the image backbone will look like: [channels, height, width] in whatever
/// order its backend likes.
public struct FeaturePlan {
  /// Pictures behind each other.
  var images = 1
  public let channels: Int
  public let height: Int
  public let width: Int
  let layout: FeatureLayout?
  /// What a unit of an 8-bit activation is worth; nil for floats.
  var step: Float?

  /// True for an 8-bit activation.
  public var isRounded: Bool { step != nil }
}

/// An activation of the image backbone.
public struct FeatureMap {
  public let plan: FeaturePlan
  let memory: Memory
}
