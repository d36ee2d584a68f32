import Foundation

@testable import CUDA

/// NVRTC, which needs no GPU: that of this machine, or PyPI's in a folder of its own.
enum RealCompiler {
  /// Where it is; nil if it cannot be had, and `reason` says why.
  static let folder: String? = {
    let environment = ProcessInfo.processInfo.environment
    let cache =
      environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? NSTemporaryDirectory()) + "/.cache"
    let folder = cache + "/grounded-nvrtc"
    for candidate in [environment["GROUNDED_TEST_CUDA"], folder] where finds(candidate) {
      return candidate ?? ""
    }
    install(into: folder)
    return finds(folder) ? folder : nil
  }()

  /// Why tests that need it are skipped.
  static let reason: String =
    "PyPI's nvidia-cuda-nvrtc cannot be had here (python3 -m pip install --target)"

  private static func finds(_ folder: String?) -> Bool {
    let search = LibrarySearch(
      folder: folder, environment: ProcessInfo.processInfo.environment)
    return (try? search.open(.compiler, NVIDIALibrary.versions)) != nil
  }

  /// 60 MB, once.
  private static func install(into folder: String) {
    let pip = Process()
    pip.executableURL = URL(filePath: "/usr/bin/env")
    pip.arguments = [
      "timeout", "100", "python3", "-m", "pip", "install", "--quiet", "--no-deps", "--target",
      folder, "nvidia-cuda-nvrtc",
    ]
    pip.standardOutput = FileHandle.nullDevice
    pip.standardError = FileHandle.nullDevice
    guard (try? pip.run()) != nil else { return }
    pip.waitUntilExit()
  }

  static var opener: LibrarySearch.Opener {
    LibrarySearch(folder: folder, environment: ProcessInfo.processInfo.environment).opener
  }
}
