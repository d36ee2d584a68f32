/// Why a line of a truth or prediction file cannot be used.
public struct PhraseFileError: Error, Hashable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
