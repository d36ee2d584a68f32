public import Tensors

/// A safetensors file, mapped into memory and checked before anything is believed.
public struct Checkpoint: NamedTensorSource {
  public let path: String
  /// Text by name, from the header.
  public let metadata: [String: String]
  public let names: [String]
  private let file: MappedFile
  private let entries: [String: SafetensorsHeader.Entry]

  public init(path: String) throws(CheckpointError) {
    self.path = path
    do { file = try MappedFile(path: path) } catch {
      throw .cannotOpen(path: path, reason: error.description)
    }
    guard file.count >= 8 else { throw .malformed(reason: "\(file.count) bytes are no header") }
    let length = file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(SafetensorsHeader.bytesMax) else {
      throw .malformed(
        reason: "a header of \(length) bytes; at most \(SafetensorsHeader.bytesMax) are read")
    }
    guard length <= UInt64(file.count - 8) else {
      throw .malformed(reason: "a header of \(length) bytes in a file of \(file.count)")
    }
    let header = try SafetensorsHeader(file.bytes(8..<8 + Int(length)), fileSize: file.count)
    names = header.names
    entries = header.entries
    metadata = header.metadata
  }

  /// What the metadata says of the network.
  public var configuration: ModelConfiguration {
    get throws(CheckpointError) {
      guard let text = metadata["config"] else {
        throw .noConfiguration
      }
      return try ModelConfiguration(json: text)
    }
  }

  /// SHA-256 of the file in hexadecimal; reads all of it (0.5 s for 840 MB), so ask once.
  public func sha256() throws(CheckpointError) -> String {
    do { return try file.sha256() } catch {
      throw .cannotOpen(path: path, reason: error.description)
    }
  }

  /// What tells the file from another one of the same name, without reading it.
  public var identity: MappedFile.Identity { file.identity }

  /// Size of the file.
  public var bytes: Int { file.count }

  public func facts(of name: String) -> TensorFacts? { entries[name]?.facts }

  /// The numbers as floats: where they lie if they are 32-bit floats, else converted.
  public func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    guard let entry = entries[name] else { throw .noTensor(name: name) }
    return file.parameter(entry.facts.type, at: entry.offset, shape: entry.facts.shape)
  }

  /// Whole numbers or truth values, exactly.
  public func integers(_ name: String) throws(CheckpointError) -> [Int64] {
    guard let entry = entries[name] else { throw .noTensor(name: name) }
    let type = entry.facts.type
    guard [.i64, .i32, .u8, .bool].contains(type) else {
      throw .unsuitable(name: name, reason: "has \(type.rawValue) where whole numbers are needed")
    }
    let bytes = file.bytes(entry.offset..<entry.offset + entry.facts.count * type.size)
    return stride(from: 0, to: bytes.count, by: type.size).map { start in
      let number = bytes[start..<start + type.size].reversed()
        .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return type == .i32 ? Int64(Int32(truncatingIfNeeded: number)) : Int64(bitPattern: number)
    }
  }

  /// 64-bit floats, exactly; other numbers as `parameter` gives them.
  public func doubles(_ name: String) throws(CheckpointError) -> [Double] {
    guard let entry = entries[name] else { throw .noTensor(name: name) }
    guard entry.facts.type == .f64 else { return try parameter(name).values.map(Double.init) }
    let bytes = file.bytes(entry.offset..<entry.offset + entry.facts.count * 8)
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      Double(
        bitPattern: bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
  }
}
