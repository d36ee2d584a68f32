internal import CCUDA
internal import Glibc
public import Tensors

/// Makes images of the kernels for an architecture, and keeps them on disk by what they were made of.
///
/// Belongs to one thread at a time.
public final class KernelCompiler {
  private let calls: CUDACompilerCalls
  private var made: [Target: [UInt8]] = [:]
  /// Where images and what else was found out are kept.
  public let kept: KeptFiles

  /// - libraries: those that the device works with.
  /// - cacheFolder: nil compiles each time.
  public convenience init(_ libraries: CUDALibraries, cacheFolder: String?) {
    self.init(libraries.compiler, cacheFolder: cacheFolder)
  }

  /// The compiler alone, which needs no device.
  public convenience init(
    compilerIn open: LibrarySearch.Opener, cacheFolder: String?
  ) throws(CUDAError) {
    self.init(try CUDALibraries.compiler(open), cacheFolder: cacheFolder)
  }

  private init(_ calls: CUDACompilerCalls, cacheFolder: String?) {
    self.calls = calls
    kept = KeptFiles(folder: cacheFolder)
  }

  /// What an image is made for.
  public struct Target: Hashable, Sendable {
    /// e.g. “sm_90”
    public var architecture: String
    public var factors: FactorKind
    /// Channels of the heads that attention will see.
    public var headSizes: Set<Int>

    public init(architecture: String, factors: FactorKind, headSizes: Set<Int>) {
      self.architecture = architecture
      self.factors = factors
      self.headSizes = headSizes
    }

    var options: [String] {
      let sizes = headSizes.sorted().map { "ATTENTION(\($0))" }.joined(separator: " ")
      let units = headSizes.sorted().filter { $0 % 16 == 0 }.map { "UNITS(\($0))" }
      return [
        "--gpu-architecture=\(architecture)", "--std=c++17", "-DFACTOR=\(factors.rawValue)",
        "-DHEAD_SIZES=\(sizes)", "-DUNIT_SIZES=\(units.joined(separator: " "))",
      ]
    }
  }

  /// The image for a target, from the cache if it is there.
  public func image(for target: Target) throws(CUDAError) -> [UInt8] {
    if let known = made[target] { return known }
    let image = try keptImage(for: target)
    made[target] = image
    return image
  }

  private func keptImage(for target: Target) throws(CUDAError) -> [UInt8] {
    var (major, minor): (Int32, Int32) = (0, 0)
    try check(calls.nvrtcVersion(&major, &minor), "nvrtcVersion")
    let ingredients = ["\(major).\(minor)"] + target.options + [KernelSource.text]
    let name = ContentDigest.sha256(
      of: Array(ingredients.joined(separator: "\n").utf8))
    if let known = kept.read(name + ".cubin") { return known }
    let image = try compile(KernelSource.text, target.options)
    kept.write(image, as: name + ".cubin")
    return image
  }

  func compile(_ source: String, _ options: [String]) throws(CUDAError) -> [UInt8] {
    var program: UnsafeMutableRawPointer?
    try check(
      calls.nvrtcCreateProgram(&program, source, "grounded.cu", 0, nil, nil), "nvrtcCreateProgram")
    defer { _ = calls.nvrtcDestroyProgram(&program) }
    let copies = options.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.map { UnsafePointer<CChar>($0) }
    let status = calls.nvrtcCompileProgram(program, Int32(options.count), pointers)
    if Self.isRefusal(status) { throw .compilation(log: log(of: program)) }
    try check(status, "nvrtcCompileProgram")
    var count = 0
    try check(calls.nvrtcGetCUBINSize(program, &count), "nvrtcGetCUBINSize")
    var image = [CChar](repeating: 0, count: count)
    try check(calls.nvrtcGetCUBIN(program, &image), "nvrtcGetCUBIN")
    return image.map { UInt8(bitPattern: $0) }
  }

  /// Of the compiler, when it knows an option not or the source is wrong.
  private static func isRefusal(_ status: Int32) -> Bool { status == 5 || status == 6 }

  private func log(of program: UnsafeMutableRawPointer?) -> String {
    var count = 0
    guard calls.nvrtcGetProgramLogSize(program, &count) == 0, count > 0 else { return "no log" }
    var text = [CChar](repeating: 0, count: count)
    guard calls.nvrtcGetProgramLog(program, &text) == 0 else { return "no log" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func check(_ status: Int32, _ call: String) throws(CUDAError) {
    guard status == 0 else {
      throw .failed(call: call, status: Int(status), name: "a status of NVRTC's")
    }
  }
}
