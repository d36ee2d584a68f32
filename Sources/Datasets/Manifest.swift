internal import JSON

/// A data set as JSON lines, a `ManifestEntry` on each.
public enum Manifest {
  /// All entries of a file, in its order.
  public static func read(path: String) throws(DatasetError) -> [ManifestEntry] {
    var reader = try ManifestReader(path: path)
    var entries: [ManifestEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  /// The bytes of a file with these entries, whose ids differ.
  public static func bytes(_ entries: some Sequence<ManifestEntry>) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      entry.json.write(to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }
}
