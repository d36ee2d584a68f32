internal import CJansson

/// Why some bytes are not JSON, free of their content.
public struct JSONError: Error, Hashable, CustomStringConvertible {
  /// Offset of the first byte that does not fit.
  public let byte: Int
  public let line: Int
  public let reason: String
  /// True when the cause is a number that does not fit.
  let isOverflow: Bool

  public var description: String { "not JSON: \(reason) at line \(line), byte \(byte)" }
}

extension JSON {
  /// Parses one complete JSON value of UTF-8; white space around it is allowed, anything else not.
  ///
  /// jansson does the reading: it nests at most 2,048 levels deep and refuses invalid UTF-8, lone
  /// surrogates, doubled member names, U+0000 in a name and numbers beyond a `Double`, each with its
  /// place. An integer beyond an `Int64` becomes a `number`.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    try self.init(parsing: bytes[...])
  }

  /// Parses part of a buffer, as `init(parsing:)` does.
  public init(parsing bytes: ArraySlice<UInt8>) throws(JSONError) {
    do throws(JSONError) {
      try self.init(strictly: bytes)
    } catch {
      let places = error.isOverflow ? bytes.endsOfLargeIntegers() : []
      guard !places.isEmpty else { throw error }
      do throws(JSONError) {
        try self.init(strictly: bytes.inserting(Self.fraction, at: places)[...])
      } catch {
        throw error.moved(back: Self.fraction.count, from: places.map { $0 - bytes.startIndex })
      }
    }
  }

  /// What makes a number of an integer.
  private static let fraction = Array(".0".utf8)

  private init(strictly bytes: ArraySlice<UInt8>) throws(JSONError) {
    var problem = json_error_t()
    let flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL
    let root = bytes.withUnsafeBytes { buffer in
      json_loadb(buffer.baseAddress, buffer.count, Int(flags), &problem)
    }
    guard let root else { throw JSONError(problem) }
    defer { json_decref(root) }
    self.init(root)
  }

  /// Parses text, as `init(parsing:)` does.
  public init(parsing text: String) throws(JSONError) {
    try self.init(parsing: Array(text.utf8))
  }

  private init(_ node: UnsafeMutablePointer<json_t>) {
    switch node.pointee.type {
    case JSON_OBJECT:
      var members: [Member] = []
      members.reserveCapacity(json_object_size(node))
      var place = json_object_iter(node)
      while let here = place {
        if let name = json_object_iter_key(here), let value = json_object_iter_value(here) {
          members.append(Member(String(cString: name), JSON(value)))
        }
        place = json_object_iter_next(node, here)
      }
      self = .object(members)
    case JSON_ARRAY:
      self = .array(
        (0..<json_array_size(node)).compactMap { json_array_get(node, $0).map { JSON($0) } })
    case JSON_STRING:
      let text = UnsafeBufferPointer(
        start: json_string_value(node), count: json_string_length(node))
      self = .string(String(decoding: UnsafeRawBufferPointer(text), as: UTF8.self))
    case JSON_INTEGER: self = .integer(json_integer_value(node))
    case JSON_REAL: self = .number(json_real_value(node))
    case JSON_TRUE: self = .boolean(true)
    case JSON_FALSE: self = .boolean(false)
    default: self = .null
    }
  }
}

extension JSONError {
  /// jansson quotes the input (“… near 'text'”); only what stands before that is kept.
  fileprivate init(_ problem: json_error_t) {
    var problem = problem
    let text = withUnsafeBytes(of: &problem.text) { buffer in
      String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }
    reason = text.firstRange(of: " near ").map { String(text[..<$0.lowerBound]) } ?? text
    byte = Int(problem.position)
    line = Int(problem.line)
    isOverflow = json_error_code(&problem) == json_error_numeric_overflow
  }
}
