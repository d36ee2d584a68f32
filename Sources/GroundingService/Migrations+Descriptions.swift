/// Why the database cannot be brought to the files.
public enum MigrationError: Error, Hashable, Sendable {
  /// A folder or file cannot be read as UTF-8.
  case unreadable(String)
  case empty(String)
  case gap(expected: Int, found: String)
  case ahead([String])
  case altered([String])
}

extension MigrationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let name): "\(name) cannot be read. Check “migrations.folder”."
    case .empty(let folder):
      "\(folder) holds no numbered SQL files. Point “migrations.folder” to the Migrations folder."
    case .gap(let expected, let found):
      "\(found) stands where number \(expected) should. Restore the missing file."
    case .ahead(let names): Migrations.State.ahead(names).description
    case .altered(let names): Migrations.State.altered(names).description
    }
  }
}

extension Migrations.State: CustomStringConvertible {
  public var description: String {
    switch self {
    case .current(let count): "The database has all \(count) migrations."
    case .pending(let names):
      "The database lacks \(names.joined(separator: ", ")). Run “grounded migrate”."
    case .ahead(let names):
      "The database is ahead: \(names.joined(separator: ", ")) came from a newer program. "
        + "Install that version."
    case .altered(let names):
      "\(names.joined(separator: ", ")) changed after being applied. Restore the files of this "
        + "version; changes come as a new number."
    }
  }
}
