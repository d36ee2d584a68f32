/// The libraries of NVIDIA that are opened when the program runs.
public enum NVIDIALibrary: CaseIterable, Sendable {
  case driver, products, compiler, monitor

  /// As people call it.
  public var title: String {
    switch self {
    case .driver: "NVIDIA's driver (libcuda.so.1)"
    case .products: "cuBLASLt (libcublasLt.so)"
    case .compiler: "NVRTC (libnvrtc.so)"
    case .monitor: "NVML (libnvidia-ml.so.1)"
    }
  }

  /// How to get it.
  ///
  /// - version: CUDA's major version that the driver runs; 12 has packages with names of their own.
  func remedy(version: Int) -> String {
    switch self {
    case .driver, .monitor: return "Install NVIDIA's driver for this card."
    case .products, .compiler:
      let suffix = version < 13 ? "-cu\(version)" : ""
      return "Run `pip install nvidia-cublas\(suffix) nvidia-cuda-nvrtc\(suffix)` (or install the "
        + "packages of CUDA \(version)), and if they are in no usual place, set grounder.cuda_folder to the "
        + "folder of site-packages."
    }
  }

  /// The name of its file.
  ///
  /// - version: CUDA's major version.
  func fileName(version: Int) -> String {
    switch self {
    case .driver: "libcuda.so.1"
    case .products: "libcublasLt.so.\(version)"
    case .compiler: "libnvrtc.so.\(version)"
    case .monitor: "libnvidia-ml.so.1"
    }
  }

  /// Major versions of CUDA whose libraries this program knows, the best first.
  static let versions = [13, 12]
}
