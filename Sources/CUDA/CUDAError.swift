/// Why a GPU cannot be used, or stopped being of use.
public enum CUDAError: Error, Hashable, CustomStringConvertible {
  /// Nowhere among the places where it was looked for.
  ///
  /// - version: CUDA's major version that this driver runs.
  case missingLibrary(NVIDIALibrary, version: Int, reason: String)
  /// The library is there but lacks a call.
  case missingCall(NVIDIALibrary, version: Int, path: String, call: String)
  /// The driver is there and does not start, with a status of its own.
  case driverDoesNotStart(status: Int)
  /// The driver runs, and knows of fewer devices.
  case noDevice(ordinal: Int, count: Int)
  /// The driver is older than any library that grounded can use.
  case oldDriver(version: String)
  /// The card is older than what the kernels are written for.
  case unsupportedDevice(name: String, architecture: String)
  /// So many bytes could not be had on the device; 0 where the driver does not say how many.
  case outOfMemory(bytes: Int)
  /// So many bytes of the processor's memory, for the device to copy by itself, could not be had.
  case outOfPinnedMemory(bytes: Int)
  /// A call of a library failed.
  case failed(call: String, status: Int, name: String)
  /// The kernels do not compile.
  case compilation(log: String)
  /// The device answers, and not what the processor does: so far away at most, of 1.
  case wrongAnswers(distance: Double)
  /// No algorithm for a product of these sizes.
  case noAlgorithm(product: String)

  /// Of the driver, when there is no memory left.
  static let outOfMemoryStatus = 2

  /// True when a context of its own may go on where this one cannot: a lost device, an illegal address, an error
  /// of its memory. False for what will be the same the next time.
  public var mayPass: Bool {
    switch self {
    case .failed: true
    case .missingLibrary, .missingCall, .driverDoesNotStart, .noDevice, .oldDriver,
      .unsupportedDevice, .outOfMemory, .outOfPinnedMemory,
      .compilation, .wrongAnswers, .noAlgorithm:
      false
    }
  }

  /// True when it stays so until a person does something; false for what may pass by itself, or with a restart of the
  /// machine.
  public var wantsPerson: Bool {
    switch self {
    case .missingLibrary, .missingCall, .oldDriver, .unsupportedDevice, .compilation,
      .wrongAnswers:
      true
    // A card may fall off its bus and come back.
    case .driverDoesNotStart, .noDevice, .outOfMemory, .outOfPinnedMemory, .failed, .noAlgorithm:
      false
    }
  }

  /// True on machines that have no GPU, where nobody expects one to compute.
  public var isForLackOfGPU: Bool {
    switch self {
    case .missingLibrary(.driver, _, _), .driverDoesNotStart(Self.noDeviceStatus): true
    default: false
    }
  }

  /// Of the driver, when there is no device.
  private static let noDeviceStatus = 100

  public var description: String {
    switch self {
    case .missingLibrary(let library, let version, let reason):
      "\(library.title) cannot be opened (\(reason)). \(library.remedy(version: version))"
    case .missingCall(let library, let version, let path, let call):
      "\(path) has no \(call). \(library.remedy(version: version))"
    case .driverDoesNotStart(let status): Self.reason(ofStart: status)
    case .noDevice(let ordinal, let count):
      "There is no CUDA device \(ordinal): the driver knows \(count). Set grounder.device to cuda:N "
        + "with N below that, or to cpu."
    case .oldDriver(let version):
      "The NVIDIA driver knows CUDA \(version); 12.0 is needed. Install a newer driver, or set "
        + "grounder.device to cpu."
    case .unsupportedDevice(let name, let architecture):
      "\(name) is of architecture \(architecture); 8.0 (Ampere) or newer is needed. Set "
        + "grounder.device to another card's cuda:N, or to cpu."
    case .outOfMemory(let bytes):
      "The device has no memory \(bytes == 0 ? "left" : "for \(bytes) bytes"). Lower model.batch_reports_max, or free some."
    case .outOfPinnedMemory(let bytes):
      "The system has no \(bytes) bytes of memory that stay in their place for the GPU. Lower "
        + "model.batch_reports_max, or free some."
    case .failed("cuCtxCreate", Self.exclusiveStatus, let name):
      "The GPU takes no more programs (\(name)). End the one that has it, or set its compute mode to Default "
        + "with nvidia-smi -c 0."
    case .failed(let call, let status, let name):
      "\(call) failed with \(name) (\(status)). Look at the kernel's log for Xid messages."
    case .compilation(let log):
      "The kernels do not compile: \(log.prefix(2_000)). NVRTC has to be of version 12 or newer, and as new as "
        + "the card: `pip install --upgrade nvidia-cuda-nvrtc`."
    case .wrongAnswers(let distance):
      "The device computes something else than the CPU: boxes of a small network are up to "
        + "\(distance) of the image away. Set grounder.device to cpu, and report it with the output of "
        + "`grounded bench model --device cuda:0 --check`."
    case .noAlgorithm(let product):
      "cuBLASLt knows no way to multiply \(product). Check that it belongs to this device."
    }
  }

  /// Of the driver, when somebody has the device for themselves.
  private static let exclusiveStatus = 46

  private static func reason(ofStart status: Int) -> String {
    switch status {
    case 100:
      "NVIDIA's driver finds no GPU. Check that nvidia-smi lists one, and that this process may open "
        + "/dev/nvidia* (the unit grounded@ may)."
    case 802:
      "NVIDIA's driver is not ready (802). On machines with NVSwitch, start nvidia-fabricmanager."
    case 803:
      "NVIDIA's driver and its libraries are of different versions (803). Restart the machine "
        + "after an update of the driver."
    case 804:
      "The libraries of a newer CUDA (cuda-compat) are here, and this card does not work with them (804). "
        + "Remove them, or install that CUDA's driver."
    default:
      "NVIDIA's driver does not start (status \(status)). Check that nvidia-smi works."
    }
  }
}
