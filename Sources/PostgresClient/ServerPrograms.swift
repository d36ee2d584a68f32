internal import Glibc

/// Where PostgreSQL's server programs are, and as whom they run.
struct ServerPrograms {
  /// Folder with `initdb` and `postgres`.
  let folder: String
  /// Whom to become first: the server refuses to run as root. Nil when we are not root.
  let user: (name: String, id: uid_t, group: gid_t)?

  /// Looks where distributions put them, then through `PATH`; the newest version wins.
  init() throws(PostgresError) {
    let roots = ["/usr/lib/postgresql", "/usr/local/pgsql", "/opt/postgresql"]
    let versions = roots.flatMap { root in
      entries(of: root).sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }.map { "\(root)/\($0)/bin" }
        + ["\(root)/bin"]
    }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let candidates = versions + path.split(separator: ":").map { String($0) }
    let found = candidates.first { folder in
      access("\(folder)/initdb", X_OK) == 0 && access("\(folder)/postgres", X_OK) == 0
    }
    guard let found else {
      throw .cannotStart(reason: "initdb and postgres are not found; install package postgresql")
    }
    folder = found
    guard geteuid() == 0 else {
      user = nil
      return
    }
    let accounts = ["postgres", "nobody"].compactMap { (name: String) in
      getpwnam(name).map { (name, $0.pointee.pw_uid, $0.pointee.pw_gid) }
    }
    guard let account = accounts.first else {
      throw .cannotStart(reason: "root may not run it, and there is no user postgres or nobody")
    }
    user = account
  }

  /// Runs `program` as that user, in `place`, with nothing of our environment.
  func run(
    _ program: String, _ arguments: [String], in place: String
  ) throws(PostgresError) -> ChildProcess {
    var command = ["/usr/bin/env", "-C", place]
    if let user {
      command += ["setpriv", "--reuid=\(user.id)", "--regid=\(user.group)", "--clear-groups", "--"]
    }
    return try ChildProcess(
      command + ["\(folder)/\(program)"] + arguments,
      environment: ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "HOME=\(place)"],
      log: "\(place)/log")
  }
}

/// Names in a folder; none when it cannot be read.
func entries(of folder: String) -> [String] {
  guard let directory = opendir(folder) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}
