import Foundation
import Testing

@testable import CUDA

/// NVRTC and cuBLASLt, of which nothing that is tested here needs a GPU: those of this machine, or PyPI's in folders
/// of their own. The driver and NVML come with a card only.
enum RealLibraries {
  /// `GROUNDED_TEST_CUDA` names a folder of all of them.
  static let opener: LibrarySearch.Opener = { (library, versions) throws(CUDAError) in
    let folder = environment["GROUNDED_TEST_CUDA"] ?? folder(of: library)
    return try LibrarySearch(folder: folder, environment: environment).open(library, versions)
  }

  /// For tests of the compiler, which are skipped where it cannot be had.
  static let compile: ConditionTrait = .enabled(
    if: all.contains(.compiler),
    "PyPI's nvidia-cuda-nvrtc cannot be had here (python3 -m pip install --target)")

  /// Those that can be opened; what is not here is fetched once.
  static let all: Set<NVIDIALibrary> = {
    // 60 and 450 MB.
    for (library, package) in [
      (NVIDIALibrary.compiler, "nvidia-cuda-nvrtc"), (.products, "nvidia-cublas"),
    ] where !has(library) { install(package, into: folder(of: library)) }
    return Set(NVIDIALibrary.allCases.filter(has))
  }()

  private static let environment = ProcessInfo.processInfo.environment

  private static func folder(of library: NVIDIALibrary) -> String {
    let home = environment["HOME"] ?? NSTemporaryDirectory()
    return (environment["XDG_CACHE_HOME"] ?? home + "/.cache") + "/grounded-cuda/\(library)"
  }

  private static func has(_ library: NVIDIALibrary) -> Bool {
    do throws(CUDAError) {
      _ = try opener(library, NVIDIALibrary.versions)
      return true
    } catch {
      return false
    }
  }

  private static func install(_ package: String, into folder: String) {
    let pip = Process()
    pip.executableURL = URL(filePath: "/usr/bin/env")
    pip.arguments = [
      "timeout", "300", "python3", "-m", "pip", "install", "--quiet", "--no-deps", "--target",
      folder, package,
    ]
    pip.standardOutput = FileHandle.nullDevice
    pip.standardError = FileHandle.nullDevice
    guard (try? pip.run()) != nil else { return }
    pip.waitUntilExit()
  }
}
