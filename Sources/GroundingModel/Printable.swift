extension String {
  /// The text in one line that a terminal shows as it is: what would break the line, move the cursor or
  /// turn the direction of writing stands as `\u{1B}`.
  ///
  /// Names in a file of weights are whatever its author likes.
  public var inOneLine: String {
    guard unicodeScalars.contains(where: Self.isUnprintable) else { return self }
    var line = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if Self.isUnprintable(scalar) {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        line.append(contentsOf: "\\u{\(digits)}".unicodeScalars)
      } else {
        line.append(scalar)
      }
    }
    return String(line)
  }

  private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
