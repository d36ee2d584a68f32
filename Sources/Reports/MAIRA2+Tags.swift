extension MAIRA2 {
  /// True when a text has any of MAIRA-2's tags, whether they fit together or not.
  public static func hasTags(_ text: String) -> Bool { TagParser.hasTags(text) }
}
