internal import Glibc

/// A file that is read where it lies in the page cache.
///
/// `@unchecked` because the mapping is read-only. A file that another program shortens meanwhile
/// ends this one (SIGBUS), so checkpoints are replaced by renaming and never written in place.
public final class MappedFile: @unchecked Sendable {
  /// In bytes.
  public let count: Int
  /// What tells this file from another one of the same name, without reading it.
  public let identity: Identity
  let base: UnsafeRawPointer
  /// Stays open for `sha256`.
  let descriptor: Int32

  /// Device, inode, size and time of the last change.
  public struct Identity: Hashable, Sendable {
    public let device, inode: UInt64
    public let size: Int
    public let changedNanoseconds: Int64
  }

  /// - Throws: the system's error number.
  public init(path: String) throws(MappingError) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // a pipe would wait
    guard file >= 0 else { throw MappingError(code: errno) }
    var mapped = false
    defer { if !mapped { close(file) } }
    var facts = stat()
    guard fstat(file, &facts) == 0 else { throw MappingError(code: errno) }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw MappingError(code: EINVAL) }
    count = Int(facts.st_size)
    identity = Identity(
      device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino), size: count,
      changedNanoseconds: Int64(facts.st_mtim.tv_sec) &* 1_000_000_000
        &+ Int64(facts.st_mtim.tv_nsec))
    let mapping = mmap(nil, max(1, count), PROT_READ, MAP_PRIVATE, file, 0)
    guard let mapping, mapping != MAP_FAILED else { throw MappingError(code: errno) }
    base = UnsafeRawPointer(mapping)
    descriptor = file
    mapped = true
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: base), max(1, count))
    close(descriptor)
  }

  /// Bytes of the file, copied. The range must lie inside.
  public func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(0 <= range.lowerBound && range.upperBound <= count, "\(range) of \(count) bytes")
    return [UInt8](UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  /// Numbers of the file as floats: in place when they are 32-bit floats at a fitting address, else converted.
  public func parameter(_ type: StoredType, at offset: Int, shape: [Int]) -> Parameter {
    let number = shape.reduce(1, *)
    precondition(
      0 <= offset && offset + number * type.size <= count, "\(shape) at \(offset) of \(count)")
    let start = base + offset
    if type == .f32, Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0 {
      return Parameter(
        shape: shape, owner: self, pointer: start.assumingMemoryBound(to: Float.self))
    }
    let converted = OwnedFloats(count: number) { buffer in
      for index in 0..<number { buffer[index] = type.float(start, index) }
    }
    return Parameter(shape: shape, owner: converted, pointer: UnsafePointer(converted.base))
  }

  func releasePages(_ start: UnsafeRawPointer, bytes: Int) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (start - base + page - 1) / page * page
    let end = (start - base + bytes) / page * page
    guard first < end else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED)
  }
}

/// Why a file could not be mapped: the system's error number and its words.
public struct MappingError: Error, Hashable, CustomStringConvertible {
  public let code: Int32

  public var description: String { String(cString: strerror(code)) }
}

/// How numbers lie in a file, little-endian.
public enum StoredType: String, Sendable, CaseIterable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case u8 = "U8"
  case bool = "BOOL"

  /// In bytes.
  public var size: Int {
    switch self {
    case .f64, .i64: 8
    case .f32, .i32: 4
    case .f16, .bf16: 2
    case .u8, .bool: 1
    }
  }

  func float(_ start: UnsafeRawPointer, _ index: Int) -> Float {
    func load<Number: BitwiseCopyable>(_ type: Number.Type) -> Number {
      start.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.stride, as: type)
    }
    return switch self {
    case .f64: Float(load(Double.self))
    case .f32: load(Float.self)
    case .f16: halfToFloat(load(UInt16.self))
    case .bf16: Float(bitPattern: UInt32(load(UInt16.self)) << 16)
    case .i64: Float(load(Int64.self))
    case .i32: Float(load(Int32.self))
    case .u8, .bool: Float(load(UInt8.self))
    }
  }
}

/// IEEE 754 binary16 as binary32, exactly. (`Float16` of the standard library does not exist on every platform.)
func halfToFloat(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 31
  let fraction = UInt32(bits & 1023)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
