internal import CUDA
internal import GroundingModel
internal import Tensors

/// What networks on a GPU are made with, for measurements.
struct DeviceMaker {
  let libraries: CUDALibraries
  let kernels: KernelCompiler
  private let ordinal: Int
  private let imagesMax: Int

  /// Opens what is needed.
  ///
  /// - folder: of NVIDIA's libraries; nil looks in the usual places.
  /// - imagesMax: that run together at most.
  init(
    ordinal: Int, folder: String?, imagesMax: Int, environment: [String: String]
  ) throws(CUDAError) {
    let search = LibrarySearch(folder: folder, environment: environment)
    libraries = try CUDALibraries(search.opener)
    kernels = KernelCompiler(
      libraries, cacheFolder: environment["GROUNDED_MODEL_PACKED_FOLDER"])
    self.ordinal = ordinal
    self.imagesMax = imagesMax
  }

  /// The device, with a context of its own.
  func device() throws(CUDAError) -> CUDADevice { try CUDADevice(libraries, ordinal: ordinal) }

  func grounder(
    _ source: any NamedTensorSource, _ configuration: ModelConfiguration, _ factors: FactorKind
  ) throws(ModelError) -> DeviceGrounder {
    let (libraries, ordinal) = (libraries, ordinal)
    return try DeviceGrounder(
      source, configuration, factors: factors, kernels: kernels, imagesMax: imagesMax
    ) { () throws(CUDAError) in try CUDADevice(libraries, ordinal: ordinal) }
  }
}
