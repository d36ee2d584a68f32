internal import CCUDA

/// A GPU with a context of its own: what goes wrong in it is no matter of any other's, and ends with it.
///
/// Belongs to one thread at a time, which calls `enter` first.
public final class CUDADevice {
  /// Which of the driver's devices.
  public let ordinal: Int
  /// As the driver calls it, e.g. “NVIDIA H200”.
  public let name: String
  /// For the compiler, e.g. “sm_90”.
  public let architecture: String
  /// Units that run blocks.
  public let multiprocessors: Int
  /// Of all its memory.
  public let memoryBytes: Int
  let libraries: CUDALibraries
  let busID: String
  private let context: UnsafeMutableRawPointer?
  /// The product library's.
  private(set) var products: UnsafeMutableRawPointer?

  /// Calls of the driver.
  var driver: CUDADriverCalls { libraries.driver }

  /// - ordinal: which of the driver's devices.
  public init(_ libraries: CUDALibraries, ordinal: Int) throws(CUDAError) {
    self.libraries = libraries
    self.ordinal = ordinal
    let driver = libraries.driver
    var (count, device): (Int32, Int32) = (0, 0)
    try Self.check(driver, driver.cuDeviceGetCount(&count), "cuDeviceGetCount")
    guard ordinal < count else { throw .noDevice(ordinal: ordinal, count: Int(count)) }
    try Self.check(driver, driver.cuDeviceGet(&device, Int32(ordinal)), "cuDeviceGet")
    func text(
      _ call: (UnsafeMutablePointer<CChar>?, Int32, Int32) -> Int32, _ name: String
    ) throws(CUDAError) -> String {
      var text = [CChar](repeating: 0, count: 128)
      try Self.check(driver, call(&text, Int32(text.count), device), name)
      return String(
        decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    func attribute(_ number: Int32) throws(CUDAError) -> Int {
      var value: Int32 = 0
      try Self.check(
        driver, driver.cuDeviceGetAttribute(&value, number, device), "cuDeviceGetAttribute")
      return Int(value)
    }
    name = try text(driver.cuDeviceGetName, "cuDeviceGetName")
    busID = try text(driver.cuDeviceGetPCIBusId, "cuDeviceGetPCIBusId")
    let (major, minor) = (try attribute(75), try attribute(76))
    guard major >= 8 else {
      throw .unsupportedDevice(name: name, architecture: "\(major).\(minor)")
    }
    architecture = "sm_\(major)\(minor)"
    multiprocessors = try attribute(16)
    var bytes = 0
    try Self.check(driver, driver.cuDeviceTotalMem_v2(&bytes, device), "cuDeviceTotalMem")
    memoryBytes = bytes
    var context: UnsafeMutableRawPointer?
    // A thread that waits for the device sleeps.
    try Self.check(driver, driver.cuCtxCreate_v2(&context, 4, device), "cuCtxCreate")
    self.context = context
    let status = libraries.products.cublasLtCreate(&products)
    guard status == 0 else {
      throw .failed(call: "cublasLtCreate", status: Int(status), name: "a status of cuBLASLt's")
    }
  }

  deinit {
    // Whichever thread was the last to know it: the library must not make a context of its own now.
    _ = driver.cuCtxSetCurrent(context)
    _ = libraries.products.cublasLtDestroy(products)
    _ = driver.cuCtxDestroy_v2(context)
  }

  /// Makes the context that of the calling thread.
  public func enter() throws(CUDAError) {
    try check(driver.cuCtxSetCurrent(context), "cuCtxSetCurrent")
  }

  func check(_ status: Int32, _ call: String) throws(CUDAError) {
    try Self.check(driver, status, call)
  }

  private static func check(
    _ driver: CUDADriverCalls, _ status: Int32, _ call: String
  ) throws(CUDAError) {
    guard status != 0 else { return }
    if status == CUDAError.outOfMemoryStatus { throw .outOfMemory(bytes: 0) }
    var name: UnsafePointer<CChar>?
    let isKnown = driver.cuGetErrorName(status, &name) == 0
    throw .failed(
      call: call, status: Int(status),
      name: isKnown ? name.map { String(cString: $0) } ?? "no name" : "no name")
  }
}

/// Memory of the device.
final class DeviceBlock {
  let address: CUDAAddress
  let bytes: Int
  private let device: CUDADevice

  /// - bytes: more than 0.
  init(_ device: CUDADevice, bytes: Int) throws(CUDAError) {
    var address: CUDAAddress = 0
    let status = device.driver.cuMemAlloc_v2(&address, bytes)
    if status == CUDAError.outOfMemoryStatus { throw .outOfMemory(bytes: bytes) }
    try device.check(status, "cuMemAlloc")
    self.device = device
    self.address = address
    self.bytes = bytes
  }

  deinit { _ = device.driver.cuMemFree_v2(address) }
}

/// Memory of the processor that the device copies from and to by itself.
final class PinnedBlock {
  let pointer: UnsafeMutableRawPointer
  let bytes: Int
  private let device: CUDADevice

  /// - bytes: more than 0; zeros at first.
  init(_ device: CUDADevice, bytes: Int) throws(CUDAError) {
    var pointer: UnsafeMutableRawPointer?
    let status = device.driver.cuMemHostAlloc(&pointer, bytes, 0)
    if status == CUDAError.outOfMemoryStatus { throw .outOfPinnedMemory(bytes: bytes) }
    try device.check(status, "cuMemHostAlloc")
    guard let pointer else { throw .outOfPinnedMemory(bytes: bytes) }
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    self.device = device
    self.pointer = pointer
    self.bytes = bytes
  }

  deinit { _ = device.driver.cuMemFreeHost(pointer) }
}

/// Work in order.
final class DeviceStream {
  let handle: UnsafeMutableRawPointer?
  private let device: CUDADevice

  init(_ device: CUDADevice) throws(CUDAError) {
    var handle: UnsafeMutableRawPointer?
    try device.check(device.driver.cuStreamCreate(&handle, 1), "cuStreamCreate")
    self.device = device
    self.handle = handle
  }

  deinit { _ = device.driver.cuStreamDestroy_v2(handle) }

  /// Until all work is done; says what of it has failed.
  func wait() throws(CUDAError) {
    try device.check(device.driver.cuStreamSynchronize(handle), "cuStreamSynchronize")
  }

  func copy(_ bytes: UnsafeRawBufferPointer, to address: CUDAAddress) throws(CUDAError) {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return }
    try device.check(
      device.driver.cuMemcpyHtoDAsync_v2(address, base, bytes.count, handle), "cuMemcpyHtoDAsync")
  }
}
