internal import CCUDA

/// NVIDIA's libraries, open and complete: every call that grounded makes was found.
public struct CUDALibraries: Sendable {
  let driver: CUDADriverCalls
  let products: CUDAProductCalls
  let compiler: CUDACompilerCalls
  /// Nil where the card does not say how it is.
  let monitor: CUDAMonitorCalls?
  /// The files, for whoever wants to know.
  public let paths: [String]
  /// Versions, e.g. “driver 13.0, cuBLASLt 13.1.0, NVRTC 13.0”.
  public let versions: String

  /// Opens all and looks up every call.
  ///
  /// - Throws: what is missing and how to get it.
  public init(_ open: LibrarySearch.Opener) throws(CUDAError) {
    var paths: [NVIDIALibrary: String] = [:]
    driver = try Self.calls(
      .driver, open, NVIDIALibrary.versions, CUDADriverCalls(), cudaDriverCallName, &paths)
    let status = driver.cuInit(0)
    guard status == 0 else { throw .driverDoesNotStart(status: Int(status)) }
    var version: Int32 = 0
    try Self.check(driver.cuDriverGetVersion(&version), "cuDriverGetVersion")
    let known = "\(version / 1000).\(version % 1000 / 10)"
    let versions = NVIDIALibrary.versions.filter { $0 <= version / 1000 }
    guard !versions.isEmpty else { throw .oldDriver(version: known) }
    products = try Self.calls(
      .products, open, versions, CUDAProductCalls(), cudaProductCallName, &paths)
    compiler = try Self.calls(
      .compiler, open, versions, CUDACompilerCalls(), cudaCompilerCallName, &paths)
    // What only adds figures is not worth a failure.
    monitor = try? Self.calls(
      .monitor, open, versions, CUDAMonitorCalls(), cudaMonitorCallName, &paths)
    var (major, minor): (Int32, Int32) = (0, 0)
    try Self.check(compiler.nvrtcVersion(&major, &minor), "nvrtcVersion")
    let library = products.cublasLtGetVersion()
    self.paths = paths.values.sorted()
    self.versions =
      "driver \(known), cuBLASLt \(library / 10_000).\(library / 100 % 100).\(library % 100), "
      + "NVRTC \(major).\(minor)"
  }

  /// Opens one library alone and looks up its calls, as a check that needs no device.
  ///
  /// - Returns: how many there are.
  public static func check(
    _ library: NVIDIALibrary, in open: LibrarySearch.Opener
  ) throws(CUDAError) -> Int {
    var paths: [NVIDIALibrary: String] = [:]
    let versions = NVIDIALibrary.versions
    switch library {
    case .driver:
      _ = try calls(library, open, versions, CUDADriverCalls(), cudaDriverCallName, &paths)
    case .products:
      _ = try calls(library, open, versions, CUDAProductCalls(), cudaProductCallName, &paths)
    case .compiler:
      _ = try calls(library, open, versions, CUDACompilerCalls(), cudaCompilerCallName, &paths)
    case .monitor:
      _ = try calls(library, open, versions, CUDAMonitorCalls(), cudaMonitorCallName, &paths)
    }
    return names(of: library).count
  }

  /// The calls of a library that grounded makes.
  public static func names(of library: NVIDIALibrary) -> [String] {
    let name: (Int) -> UnsafePointer<CChar>? =
      switch library {
      case .driver: cudaDriverCallName
      case .products: cudaProductCallName
      case .compiler: cudaCompilerCallName
      case .monitor: cudaMonitorCallName
      }
    var names: [String] = []
    while let next = name(names.count) { names.append(String(cString: next)) }
    return names
  }

  /// The compiler alone: it needs no device.
  static func compiler(
    _ open: LibrarySearch.Opener
  ) throws(CUDAError) -> CUDACompilerCalls {
    var paths: [NVIDIALibrary: String] = [:]
    return try calls(
      .compiler, open, NVIDIALibrary.versions, CUDACompilerCalls(), cudaCompilerCallName, &paths)
  }

  /// A table whose members are the addresses of the calls, in the order of their names.
  private static func calls<Table>(
    _ library: NVIDIALibrary, _ open: LibrarySearch.Opener, _ versions: [Int], _ empty: Table,
    _ name: (Int) -> UnsafePointer<CChar>?, _ paths: inout [NVIDIALibrary: String]
  ) throws(CUDAError) -> Table {
    let opened = try open(library, versions)
    var table = empty
    for index in 0..<MemoryLayout<Table>.size / MemoryLayout<UInt>.size {
      guard let name = name(index).map({ String(cString: $0) }) else {
        preconditionFailure("a table of \(library.title) without names")
      }
      guard let address = opened.address(name) else {
        throw .missingCall(
          library, version: versions.max() ?? 0, path: opened.path, call: name)
      }
      withUnsafeMutableBytes(of: &table) { bytes in
        bytes.storeBytes(of: address, toByteOffset: index * MemoryLayout<UInt>.size, as: UInt.self)
      }
    }
    paths[library] = opened.path
    return table
  }

  private static func check(_ status: Int32, _ call: String) throws(CUDAError) {
    guard status == 0 else { throw .failed(call: call, status: Int(status), name: "status") }
  }
}
