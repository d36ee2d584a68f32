internal import Glibc
internal import JSON
public import Tensors

/// A tensor on its way into a safetensors file.
public struct StoredTensor: Sendable {
  public var name: String
  public var shape: [Int]
  public var values: Values

  public enum Values: Sendable {
    case floats([Float])
    case integers([Int64])
    /// Numbers of another file, copied when they are written.
    case parameter(Parameter)
  }

  public init(_ name: String, _ shape: [Int], _ values: Values) {
    self.name = name
    self.shape = shape
    self.values = values
  }

  fileprivate var type: StoredType {
    if case .integers = values { .i64 } else { .f32 }
  }

  fileprivate var bytes: Int { shape.reduce(1, *) * type.size }

  fileprivate var content: [UInt8] {
    switch values {
    case .floats(let values): values.withUnsafeBytes { Array($0) }
    case .integers(let values): values.withUnsafeBytes { Array($0) }
    case .parameter(let parameter): parameter.values.withUnsafeBytes { Array($0) }
    }
  }
}

extension Checkpoint {
  /// Writes a safetensors file: completely, or not at all.
  ///
  /// The bytes go to a file beside `path`, which takes its place once it is on disk. A link to a regular
  /// file stays, and leads to the new one; whatever else is there (a device, a pipe) is refused.
  public static func write(
    _ tensors: [StoredTensor], metadata: [(String, String)] = [], to path: String
  ) throws(CheckpointError) {
    let path = try writable(path)
    // A name that no other writer has: in containers every process may have the same number.
    let draft = path + ".new-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure(path) }
    do throws(CheckpointError) {
      // 64-bit numbers first, so that all lie at multiples of their size.
      let ordered = tensors.filter { $0.type.size == 8 } + tensors.filter { $0.type.size < 8 }
      try write(header(ordered, metadata), to: file, path)
      for tensor in ordered {
        let content = tensor.content
        precondition(
          content.count == tensor.bytes, "\(content.count) bytes for \(tensor.shape)")
        try write(content, to: file, path)
      }
      guard fsync(file) == 0 else { throw failure(path) }
    } catch {
      close(file)
      unlink(draft)
      throw error
    }
    guard close(file) == 0, rename(draft, path) == 0 else {
      let error = failure(path)
      unlink(draft)
      throw error
    }
  }

  /// Where a file of that path would be written: the path, or the regular file that it links to.
  static func writable(_ path: String) throws(CheckpointError) -> String {
    var facts = stat()
    guard lstat(path, &facts) == 0 else {
      guard errno == ENOENT else { throw failure(path) }
      return path
    }
    guard stat(path, &facts) == 0 else { throw failure(path) }
    guard facts.st_mode & S_IFMT == S_IFREG else {
      throw .cannotWrite(path: path, reason: "something is there that is no regular file")
    }
    guard let real = realpath(path, nil) else { throw failure(path) }
    defer { free(real) }
    return String(cString: real)
  }

  private static func header(_ tensors: [StoredTensor], _ metadata: [(String, String)])
    -> [UInt8]
  {
    var members = [
      JSON.Member("__metadata__", .object(metadata.map { .init($0.0, .string($0.1)) }))
    ]
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.bytes
      members.append(
        .init(
          tensor.name,
          [
            "dtype": .string(tensor.type.rawValue),
            "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
            "data_offsets": [.integer(Int64(offset)), .integer(Int64(end))],
          ]))
      offset = end
    }
    var json = JSON.object(members).bytes
    // Numbers begin at a multiple of 64 bytes, as vectors want it.
    while (8 + json.count) % 64 != 0 { json.append(UInt8(ascii: " ")) }
    let length = UInt64(json.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + json
  }

  private static func write(_ bytes: [UInt8], to file: Int32, _ path: String)
    throws(CheckpointError)
  {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(file, buffer.baseAddress.map { $0 + done }, bytes.count - done)
      }
      guard count > 0 else { throw failure(path) }
      done += count
    }
  }

  private static func failure(_ path: String) -> CheckpointError {
    .cannotWrite(path: path, reason: String(cString: strerror(errno)))
  }
}
