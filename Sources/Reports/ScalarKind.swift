/// What a Unicode scalar is to the rules that split sentences.
struct ScalarKind: OptionSet, Sendable {
  let rawValue: UInt8

  static let space = ScalarKind(rawValue: 1)
  static let digit = ScalarKind(rawValue: 2)
  static let letter = ScalarKind(rawValue: 4)
  static let lower = ScalarKind(rawValue: 8)
  /// Title case letters too.
  static let upper = ScalarKind(rawValue: 16)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// ASCII comes from a table: the standard library's look-up takes longer than the rules.
  init(_ scalar: Unicode.Scalar) {
    self = scalar.isASCII ? Self.ascii[Int(scalar.value)] : Self(lookingUp: scalar)
  }

  private static let ascii = (UInt8(0)..<128).map { ScalarKind(lookingUp: Unicode.Scalar($0)) }

  private init(lookingUp scalar: Unicode.Scalar) {
    let properties = scalar.properties
    self = []
    if properties.isWhitespace { insert(.space) }
    if properties.numericType == .decimal { insert(.digit) }
    if properties.isAlphabetic { insert(.letter) }
    if properties.isLowercase { insert(.lower) }
    if properties.isUppercase || properties.generalCategory == .titlecaseLetter { insert(.upper) }
  }
}
