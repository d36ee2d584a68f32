extension Configuration {
  /// `postgres.uri` with the password of `postgres.password`, as libpq takes it.
  ///
  /// libpq does not look into a `dbname` for a URI within a list of keywords, so each form gets the
  /// password in its own spelling. Throws when `postgres.uri` is not set.
  func connection() throws(ConfigurationError) -> String {
    let uri = try required("postgres.uri")
    guard let password = secret("postgres.password") else { return uri }
    guard uri.hasPrefix("postgresql://") || uri.hasPrefix("postgres://") else {
      let escaped = password.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
      return "\(uri) password='\(escaped)'"
    }
    return uri + (uri.contains("?") ? "&" : "?") + "password=" + Self.percentEncoded(password)
  }

  /// Letters and digits as they are, every other byte as `%XX`.
  private static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.map { byte in
      switch byte {
      case 48...57, 65...90, 97...122: String(UnicodeScalar(byte))
      default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }.joined()
  }
}
