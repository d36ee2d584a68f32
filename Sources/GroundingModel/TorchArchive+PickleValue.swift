/// What a pickle's machine works on. Containers are places in the machine's table, so that no
/// nesting, however deep, nests anything of ours.
enum PickleValue {
  case none
  case boolean(Bool)
  case integer(Int)
  case real
  case text(String)
  case bytes
  case global(PickleGlobal)
  case node(Int)
}

/// What values may consist of.
enum PickleNode {
  case tuple([PickleValue])
  case list([PickleValue])
  case dictionary([(PickleValue, PickleValue)])
  case storage(TorchStorage)
  case tensor(TorchLayout)
  /// Something that was described in the file and of which nothing is kept.
  case inert
}

/// The names that a table of weights needs; everything else is refused.
enum PickleGlobal: Hashable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case size
  case storage(TorchTensor.Kind)
  /// Known to be harmless, and without meaning for us.
  case inert

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", "Size"): self = .size
    case ("argparse", "Namespace"), ("torch", "device"), ("pathlib", "PosixPath"):
      self = .inert
    case ("torch", _):
      guard let kind = Self.kinds[name] else { return nil }
      self = .storage(kind)
    default: return nil
    }
  }

  private static let kinds: [String: TorchTensor.Kind] = [
    "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
    "DoubleStorage": .float64, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
  ]
}
