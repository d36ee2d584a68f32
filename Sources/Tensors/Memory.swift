internal import Glibc

/// A block of floats, aligned to 64 bytes; returns to its pool when the last user lets go.
final class Memory {
  let pointer: UnsafeMutablePointer<Float>
  /// In floats.
  let capacity: Int
  private let pool: MemoryPool?
  /// Whose memory it is, where it is not the block's own.
  private let owner: AnyObject?

  fileprivate init(_ pointer: UnsafeMutablePointer<Float>, capacity: Int, pool: MemoryPool?) {
    self.pointer = pointer
    self.capacity = capacity
    self.pool = pool
    owner = nil
  }

  /// Numbers where they lie, for reading only; nil where they are none, or not at a multiple of 64 bytes.
  init?(lying numbers: Parameter) {
    guard let pointer = numbers.pointer, let owner = numbers.owner,
      Int(bitPattern: pointer) % 64 == 0
    else { return nil }
    self.pointer = UnsafeMutablePointer(mutating: pointer)
    self.owner = owner
    capacity = numbers.count
    pool = nil
  }

  /// A block that belongs to no pool; its content is undefined, and its pages are made by whoever writes
  /// them, which may be several threads.
  convenience init(floats: Int) throws(TensorError) {
    let capacity = max(16, floats)
    self.init(
      try allocate(floats: capacity, isCleared: false), capacity: capacity, pool: nil)
  }

  /// A block that says it has so many floats, and is never looked at.
  convenience init(standingFor floats: Int) throws(TensorError) {
    self.init(try allocate(floats: 16, isCleared: false), capacity: floats, pool: nil)
  }

  deinit {
    guard owner == nil else { return }
    if let pool { pool.take(back: pointer, capacity: capacity) } else { free(pointer) }
  }
}

/// Blocks that were used and wait to be used again, so that layers do not ask the system for memory.
///
/// Not thread-safe: a pool belongs to the thread that runs its backend.
final class MemoryPool {
  private var waiting: [Int: [UnsafeMutablePointer<Float>]] = [:]
  private var waitingFloats = 0
  /// What waits beyond this goes back to the system.
  private let waitingFloatsMax: Int

  init(bytesMax: Int) { waitingFloatsMax = bytesMax / MemoryLayout<Float>.stride }

  deinit {
    for blocks in waiting.values { for block in blocks { free(block) } }
  }

  /// A block of at least `floats`; its content is left over from earlier use.
  func block(floats: Int) throws(TensorError) -> Memory {
    let capacity = Self.sizeClass(floats)
    if let pointer = waiting[capacity]?.popLast() {
      waitingFloats -= capacity
      return Memory(pointer, capacity: capacity, pool: self)
    }
    return Memory(try allocate(floats: capacity), capacity: capacity, pool: self)
  }

  fileprivate func take(back pointer: UnsafeMutablePointer<Float>, capacity: Int) {
    guard waitingFloats + capacity <= waitingFloatsMax else { return free(pointer) }
    waiting[capacity, default: []].append(pointer)
    waitingFloats += capacity
  }

  /// Sizes are rounded up by at most an eighth, so that few different ones exist.
  private static func sizeClass(_ floats: Int) -> Int {
    let least = max(1024, floats)
    let step = 1 << (Int.bitWidth - 1 - least.leadingZeroBitCount - 3)
    return (least + step - 1) / step * step
  }
}

private func allocate(
  floats: Int, isCleared: Bool = true
) throws(TensorError) -> UnsafeMutablePointer<Float> {
  let bytes = floats * MemoryLayout<Float>.stride
  var raw: UnsafeMutableRawPointer?
  guard posix_memalign(&raw, 64, bytes) == 0, let raw else {
    throw .outOfMemory(bytes: bytes)
  }
  if isCleared { memset(raw, 0, bytes) }
  return raw.bindMemory(to: Float.self, capacity: floats)
}
