import Foundation

@testable import CUDA

/// NVRTC and cuBLASLt, of which nothing that is tested here needs a GPU: those of this machine, or PyPI's in a folder
/// of their own.
enum RealLibraries {
  static let opener: LibrarySearch.Opener =
    LibrarySearch(folder: folder, environment: environment).opener

  /// Why tests of the compiler are skipped where it cannot be had.
  static let reason =
    "PyPI's nvidia-cuda-nvrtc cannot be had here (python3 -m pip install --target)"

  /// Whether it can be opened.
  static func has(_ library: NVIDIALibrary) -> Bool {
    do throws(CUDAError) {
      _ = try opener(library, NVIDIALibrary.versions)
      return true
    } catch {
      print("not on this machine: \(error)")
      return false
    }
  }

  private static let environment = ProcessInfo.processInfo.environment

  /// `GROUNDED_TEST_CUDA`, or a folder of ours in which all of the packages are that can be had.
  private static let folder: String = {
    if let named = environment["GROUNDED_TEST_CUDA"] { return named }
    let cache =
      environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? NSTemporaryDirectory()) + "/.cache"
    let folder = cache + "/grounded-cuda"
    let search = LibrarySearch(folder: folder, environment: environment)
    func has(_ library: NVIDIALibrary) -> Bool {
      (try? search.open(library, NVIDIALibrary.versions)) != nil
    }
    if !has(.compiler) || !has(.products) {
      // 500 MB to fetch, once; 60 of them for the compiler alone.
      install(["nvidia-cuda-nvrtc", "nvidia-cublas"], into: folder)
    }
    if !has(.compiler) { install(["nvidia-cuda-nvrtc"], into: folder) }
    return folder
  }()

  /// pip adds nothing to a package's folder that is there.
  private static func install(_ packages: [String], into folder: String) {
    try? FileManager.default.removeItem(atPath: folder)
    let pip = Process()
    pip.executableURL = URL(filePath: "/usr/bin/env")
    pip.arguments =
      ["timeout", "300", "python3", "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
      + [folder] + packages
    pip.standardOutput = FileHandle.nullDevice
    pip.standardError = FileHandle.nullDevice
    guard (try? pip.run()) != nil else { return }
    pip.waitUntilExit()
  }
}
