internal import Glibc

/// A library of the system that stays open as long as the program runs.
public struct OpenLibrary: Sendable {
  /// Its file.
  public let path: String
  /// The address of a symbol; nil where there is none.
  let address: @Sendable (String) -> UInt?

  /// - address: of a symbol, or nil.
  public init(path: String, address: @escaping @Sendable (String) -> UInt?) {
    self.path = path
    self.address = address
  }

  /// Opens a file, or what the loader finds under a name.
  ///
  /// - Returns: nil where it cannot be opened; `reason` says why.
  init?(opening name: String, reason: inout String) {
    guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
      if let message = dlerror() { reason = String(cString: message) }
      return nil
    }
    let place = UInt(bitPattern: handle)
    self.init(path: name) { symbol in
      dlsym(UnsafeMutableRawPointer(bitPattern: place), symbol).map { UInt(bitPattern: $0) }
    }
  }
}

/// Where NVIDIA's libraries are looked for.
public struct LibrarySearch: Sendable {
  /// What opens a library of a major version of CUDA.
  public typealias Opener =
    @Sendable (NVIDIALibrary, _ versions: [Int]) throws(CUDAError) -> OpenLibrary

  private let folders: [String]
  private let usual: [String]

  /// - folder: the configured one: of the files, of a Python's packages, or of a virtual environment.
  /// - environment: of the process: the home folder and an active virtual environment are looked at.
  public init(folder: String?, environment: [String: String]) {
    folders = folder.map(Self.candidates) ?? []
    var roots = ["/usr/local/cuda"]
    if let active = environment["VIRTUAL_ENV"] { roots.append(active) }
    if let home = environment["HOME"] { roots.append(home + "/.local") }
    usual = (roots + ["/usr/local", "/usr", "/opt/venv"]).flatMap(Self.candidates)
  }

  /// Patterns of folders below a root that wheels and packages put libraries into.
  private static func candidates(below root: String) -> [String] {
    let packages = ["", "/lib/python3*/site-packages", "/lib/python3*/dist-packages"]
    return [root, root + "/lib64", root + "/lib", root + "/targets/x86_64-linux/lib"]
      + packages.map { root + $0 + "/nvidia/*/lib" }
  }

  /// `open`, as those want it who do not search themselves.
  public var opener: Opener {
    { (library, versions) throws(CUDAError) in try open(library, versions) }
  }

  /// Opens the best version that is in the configured folder, or else where the loader looks, or else in usual
  /// places.
  public func open(
    _ library: NVIDIALibrary, _ versions: [Int]
  ) throws(CUDAError) -> OpenLibrary {
    let names = versions.map { library.fileName(version: $0) }
    var reasons: [String] = []
    for places in [folders, nil, usual] {
      for name in names {
        for path in places?.flatMap({ Self.files($0 + "/" + name) }) ?? [name] {
          var reason = ""
          if let found = OpenLibrary(opening: path, reason: &reason) { return found }
          // That a file which is there does not open says more than that the loader finds none.
          if places == nil { reasons.append(reason) } else { reasons.insert(reason, at: 0) }
        }
      }
    }
    throw .missingLibrary(
      library, version: versions.max() ?? 0, reason: reasons.first ?? "no such file")
  }

  /// Files that fit a pattern, the last in the alphabet first: it is the newest Python's.
  private static func files(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).reversed().compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
  }
}
