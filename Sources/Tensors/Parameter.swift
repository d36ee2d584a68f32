internal import Glibc

/// Numbers of a checkpoint as 32-bit floats: in the mapped file itself where that is possible.
///
/// `@unchecked` because the memory is never written once the value exists, but for what learns
/// (`TrainableParameters`), which one thread reads and writes.
public struct Parameter: @unchecked Sendable {
  public let shape: [Int]
  /// Keeps the numbers alive.
  let owner: AnyObject?
  let pointer: UnsafePointer<Float>?

  /// A shape without numbers, for going through a network without weights.
  public init(shape: [Int]) {
    self.shape = shape
    owner = nil
    pointer = nil
  }

  /// Numbers of the caller's, copied.
  public init(_ values: [Float], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) numbers for \(shape)")
    let copy = OwnedFloats(values)
    self.shape = shape
    owner = copy
    pointer = UnsafePointer(copy.base)
  }

  init(shape: [Int], owner: AnyObject, pointer: UnsafePointer<Float>) {
    self.shape = shape
    self.owner = owner
    self.pointer = pointer
  }

  /// How many numbers the shape asks for.
  public var count: Int { shape.reduce(1, *) }

  /// A copy of the numbers; zeros where there are none.
  public var values: [Float] {
    guard let pointer else { return [Float](repeating: 0, count: count) }
    return [Float](UnsafeBufferPointer(start: pointer, count: count))
  }

  /// Some rows of a matrix or vector: the first dimension is cut.
  public func rows(_ range: Range<Int>) -> Parameter {
    precondition(0 <= range.lowerBound && range.upperBound <= shape[0], "\(range) of \(shape)")
    let size = shape.dropFirst().reduce(1, *)
    let part = [range.count] + shape.dropFirst()
    guard let pointer, let owner else { return Parameter(shape: part) }
    return Parameter(shape: part, owner: owner, pointer: pointer + range.lowerBound * size)
  }

  /// Tells the system that the mapped pages will not be read again soon: a packed copy exists.
  public func releasePages() {
    guard let file = owner as? MappedFile, let pointer else { return }
    file.releasePages(UnsafeRawPointer(pointer), bytes: count * MemoryLayout<Float>.stride)
  }
}

/// Floats in memory of their own.
final class OwnedFloats {
  let base: UnsafeMutablePointer<Float>

  convenience init(_ values: [Float]) {
    self.init(count: values.count) { buffer in _ = buffer.update(fromContentsOf: values) }
  }

  init(count: Int, fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    base = .allocate(capacity: max(1, count))
    fill(UnsafeMutableBufferPointer(start: base, count: count))
  }

  deinit { base.deallocate() }
}
