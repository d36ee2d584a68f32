/// Runs the few instructions of Python's pickle (protocols 2 to 5) that a table of weights needs.
///
/// Nothing is imported, called or constructed: names stand for the constructions in
/// `PickleGlobal`, and any other name or instruction ends the reading. Time and memory are
/// proportional to the bytes of the pickle.
struct PickleMachine {
  private let storages: [String: TorchBytes]
  private var nodes: [PickleNode] = []
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [PickleValue?] = []

  private static let memoMax = 1 << 20

  init(storages: [String: TorchBytes]) {
    self.storages = storages
  }

  /// The value that the pickle describes.
  mutating func run(_ bytes: [UInt8]) throws(TorchArchiveError) -> PickleValue {
    var source = PickleSource(bytes)
    while true {
      let position = source.position
      let code = try source.byte()
      if code == UInt8(ascii: ".") { return try pop() }
      if try isConstant(code, &source) { continue }
      if try isContainer(code) { continue }
      if try isMemory(code, &source) { continue }
      if try isObject(code, &source) { continue }
      throw .refused(what: "the pickle instruction \(code) at byte \(position)")
    }
  }

  /// The members of a dictionary that have a text for a name; nil when it is no dictionary.
  func members(of value: PickleValue) -> [(name: String, value: PickleValue)]? {
    guard case .node(let place) = value, case .dictionary(let pairs) = nodes[place] else {
      return nil
    }
    return pairs.compactMap { key, value in
      if case .text(let name) = key { (name, value) } else { nil }
    }
  }

  /// The layout of a tensor; nil when it is none.
  func tensor(_ value: PickleValue) -> TorchLayout? {
    guard case .node(let place) = value, case .tensor(let layout) = nodes[place] else {
      return nil
    }
    return layout
  }

  // MARK: Constants

  private mutating func isConstant(
    _ code: UInt8, _ source: inout PickleSource
  ) throws(TorchArchiveError) -> Bool {
    switch code {
    case 0x80: try source.protocolNumber()
    case 0x95: try source.skip(8)  // the length of a frame
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.boolean(true))
    case 0x89: stack.append(.boolean(false))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try source.byte())))
    case UInt8(ascii: "M"): stack.append(.integer(try source.unsigned(2)))
    case UInt8(ascii: "J"):
      stack.append(.integer(Int(Int32(truncatingIfNeeded: try source.unsigned(4)))))
    case 0x8a: stack.append(.integer(try source.long()))
    case UInt8(ascii: "G"):
      try source.skip(8)
      stack.append(.real)
    case 0x8c: stack.append(.text(try source.text(sizedBy: 1)))
    case UInt8(ascii: "X"): stack.append(.text(try source.text(sizedBy: 4)))
    case 0x8d: stack.append(.text(try source.text(sizedBy: 8)))
    case UInt8(ascii: "U"), UInt8(ascii: "C"):
      try source.skip(source.unsigned(1))
      stack.append(.bytes)
    case UInt8(ascii: "T"), UInt8(ascii: "B"):
      try source.skip(source.unsigned(4))
      stack.append(.bytes)
    default: return false
    }
    return true
  }

  // MARK: Containers

  private mutating func isContainer(_ code: UInt8) throws(TorchArchiveError) -> Bool {
    switch code {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: ")"): push(.tuple([]))
    case 0x85: push(.tuple(try pop(1)))
    case 0x86: push(.tuple(try pop(2)))
    case 0x87: push(.tuple(try pop(3)))
    case UInt8(ascii: "t"): push(.tuple(try popToMark()))
    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "l"): push(.list(try popToMark()))
    case UInt8(ascii: "a"): try append(pop(1))
    case UInt8(ascii: "e"): try append(popToMark())
    case UInt8(ascii: "}"): push(.dictionary([]))
    case UInt8(ascii: "s"): try insert(pop(2))
    case UInt8(ascii: "u"): try insert(popToMark())
    default: return false
    }
    return true
  }

  private mutating func append(_ values: [PickleValue]) throws(TorchArchiveError) {
    let place = try topPlace()
    guard case .list(var list) = nodes[place] else { throw Self.confused }
    nodes[place] = .inert  // so that the list is not copied
    list += values
    nodes[place] = .list(list)
  }

  private mutating func insert(_ values: [PickleValue]) throws(TorchArchiveError) {
    let place = try topPlace()
    guard case .dictionary(var pairs) = nodes[place], values.count.isMultiple(of: 2) else {
      throw Self.confused
    }
    nodes[place] = .inert  // so that the dictionary is not copied
    for index in stride(from: 0, to: values.count, by: 2) {
      pairs.append((values[index], values[index + 1]))
    }
    nodes[place] = .dictionary(pairs)
  }

  // MARK: Memory

  private mutating func isMemory(
    _ code: UInt8, _ source: inout PickleSource
  ) throws(TorchArchiveError) -> Bool {
    switch code {
    case UInt8(ascii: "q"): try remember(at: Int(source.byte()))
    case UInt8(ascii: "r"): try remember(at: source.unsigned(4))
    case 0x94: try remember(at: memo.count)
    case UInt8(ascii: "h"): try recall(from: Int(source.byte()))
    case UInt8(ascii: "j"): try recall(from: source.unsigned(4))
    default: return false
    }
    return true
  }

  private mutating func remember(at place: Int) throws(TorchArchiveError) {
    guard let value = stack.last else { throw Self.confused }
    // Python counts up, so a place far beyond the last is no pickle of its.
    guard place < Self.memoMax, place <= memo.count + 256 else {
      throw .tooLarge(what: "remembered values")
    }
    while memo.count <= place { memo.append(nil) }
    memo[place] = value
  }

  private mutating func recall(from place: Int) throws(TorchArchiveError) {
    guard place < memo.count, let value = memo[place] else { throw Self.confused }
    stack.append(value)
  }

  // MARK: Objects

  private mutating func isObject(
    _ code: UInt8, _ source: inout PickleSource
  ) throws(TorchArchiveError) -> Bool {
    switch code {
    case UInt8(ascii: "c"):
      let module = try source.line()
      stack.append(.global(try Self.global(module, try source.line())))
    case 0x93:
      let names = try pop(2)
      guard case .text(let module) = names[0], case .text(let name) = names[1] else {
        throw Self.confused
      }
      stack.append(.global(try Self.global(module, name)))
    case UInt8(ascii: "Q"): push(.storage(try storage(try pop())))
    case UInt8(ascii: "R"), 0x81:
      let parts = try pop(2)
      let arguments = try tuple(parts[1])
      guard case .global(let global) = parts[0] else { throw Self.confused }
      try construct(global, from: arguments)
    case UInt8(ascii: "b"): _ = try (pop(), topPlace())  // an object's further attributes
    default: return false
    }
    return true
  }

  private static func global(
    _ module: String, _ name: String
  ) throws(TorchArchiveError) -> PickleGlobal {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw .refused(what: "“\(TorchArchiveError.printable(module + "." + name))”")
    }
    return global
  }

  private mutating func construct(
    _ global: PickleGlobal, from arguments: [PickleValue]
  ) throws(TorchArchiveError) {
    switch global {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw .refused(what: "an OrderedDict with arguments") }
      push(.dictionary([]))
    case .rebuildTensor: push(.tensor(try layout(arguments)))
    case .rebuildParameter:
      guard let first = arguments.first, tensor(first) != nil else { throw Self.confused }
      stack.append(first)
    case .size:
      guard arguments.count == 1 else { throw Self.confused }
      stack.append(arguments[0])
    case .inert: push(.inert)
    case .storage: throw .refused(what: "a storage outside of the archive")
    }
  }

  /// `(storage, offset, shape, strides, …)`, checked later, when it is known which are wanted.
  private func layout(_ arguments: [PickleValue]) throws(TorchArchiveError) -> TorchLayout {
    guard arguments.count >= 4, case .node(let place) = arguments[0],
      case .storage(let storage) = nodes[place], case .integer(let offset) = arguments[1]
    else { throw Self.confused }
    return TorchLayout(
      storage: storage, offset: offset, shape: try integers(arguments[2]),
      strides: try integers(arguments[3]))
  }

  /// `('storage', kind, key, device, count)`, whose bytes are an entry of the archive.
  private func storage(_ value: PickleValue) throws(TorchArchiveError) -> TorchStorage {
    let parts = try tuple(value)
    guard parts.count == 5, case .text("storage") = parts[0], case .text(let key) = parts[2],
      case .global(.storage(let kind)) = parts[1], case .integer(let count) = parts[4]
    else { throw Self.confused }
    let (size, isTooLarge) = count.multipliedReportingOverflow(by: kind.bytes)
    guard let bytes = storages[key] else { throw .damaged(reason: "a storage is missing") }
    guard !isTooLarge, count >= 0, size == bytes.count else {
      throw .damaged(reason: "a storage does not have the size it should have")
    }
    return TorchStorage(kind: kind, bytes: bytes, count: count)
  }

  // MARK: The stack

  private static let confused = TorchArchiveError.damaged(reason: "its pickle makes no sense")

  private mutating func push(_ node: PickleNode) {
    stack.append(.node(nodes.count))
    nodes.append(node)
  }

  private mutating func pop() throws(TorchArchiveError) -> PickleValue { try pop(1)[0] }

  private mutating func pop(_ count: Int) throws(TorchArchiveError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw Self.confused }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(TorchArchiveError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw Self.confused }
    let values = Array(stack[mark...])
    stack.removeLast(stack.count - mark)
    return values
  }

  private func topPlace() throws(TorchArchiveError) -> Int {
    guard case .node(let place) = stack.last else { throw Self.confused }
    return place
  }

  private func tuple(_ value: PickleValue) throws(TorchArchiveError) -> [PickleValue] {
    guard case .node(let place) = value, case .tuple(let values) = nodes[place] else {
      throw Self.confused
    }
    return values
  }

  private func integers(_ value: PickleValue) throws(TorchArchiveError) -> [Int] {
    let values = try tuple(value)
    guard values.count <= 16 else { throw .tooLarge(what: "axes") }
    var integers: [Int] = []
    for value in values {
      guard case .integer(let number) = value else { throw Self.confused }
      integers.append(number)
    }
    return integers
  }
}
