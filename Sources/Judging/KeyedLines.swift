public import JSON

/// A file of JSON lines that begin with `{"key":"`, which grows by whole lines.
public enum KeyedLines {
  /// A line that is none of such a file.
  public struct Failure: Error, Hashable, Sendable {
    /// From 1.
    public let line: Int
  }

  /// Takes in a file's contents.
  ///
  /// - Parameter take: gets each line's key and value, and says whether it is one of its own.
  /// - Returns: bytes of whole lines; what a killed program left behind them is to be cut off.
  public static func read(
    _ contents: [UInt8], _ take: (_ key: String, _ line: JSON) -> Bool
  ) throws(Failure) -> Int {
    var lines = contents.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let rest = lines.popLast() ?? []
    for (index, line) in lines.enumerated() {
      guard let json = try? JSON(parsing: line),  // whatever is wrong, it is none of ours
        let key = json["key"]?.string, take(key, json)
      else { throw Failure(line: index + 1) }
    }
    let mark = Array("{\"key\":\"".utf8)
    guard rest.prefix(mark.count).elementsEqual(mark.prefix(rest.count)) else {
      throw Failure(line: lines.count + 1)
    }
    return contents.count - rest.count
  }
}
