internal import CCUDA
internal import Tensors

/// The kernels on a device.
final class DeviceModule {
  private let device: CUDADevice
  private let handle: UnsafeMutableRawPointer?
  private var functions: [String: UnsafeMutableRawPointer] = [:]

  init(_ device: CUDADevice, image: [UInt8]) throws(CUDAError) {
    self.device = device
    var handle: UnsafeMutableRawPointer?
    try device.check(device.driver.cuModuleLoadData(&handle, image), "cuModuleLoadData")
    self.handle = handle
  }

  deinit { _ = device.driver.cuModuleUnload(handle) }

  private func function(_ name: String) throws(CUDAError) -> UnsafeMutableRawPointer? {
    if let known = functions[name] { return known }
    var function: UnsafeMutableRawPointer?
    try device.check(
      device.driver.cuModuleGetFunction(&function, handle, name), "cuModuleGetFunction(\(name))")
    functions[name] = function
    return function
  }

  /// - addresses: of the launch's places, in order.
  func run(
    _ launch: PlanLaunch, _ addresses: [CUDAAddress], on stream: DeviceStream
  ) throws(CUDAError) {
    let function = try function(launch.kernel)
    var arguments = KernelArguments()
    withUnsafeMutableBytes(of: &arguments.pointers) { bytes in
      bytes.copyBytes(from: addresses.withUnsafeBytes { [UInt8]($0) })
    }
    let integers = launch.integers.map { Int32($0) }
    withUnsafeMutableBytes(of: &arguments.integers) { bytes in
      bytes.copyBytes(from: integers.withUnsafeBytes { [UInt8]($0) })
    }
    withUnsafeMutableBytes(of: &arguments.floats) { bytes in
      bytes.copyBytes(from: launch.floats.withUnsafeBytes { [UInt8]($0) })
    }
    let grid = launch.grid
    let status = withUnsafeMutablePointer(to: &arguments) { pointer in
      var all: [UnsafeMutableRawPointer?] = [UnsafeMutableRawPointer(pointer)]
      return device.driver.cuLaunchKernel(
        function, UInt32(grid.x), UInt32(grid.y), UInt32(grid.z), UInt32(launch.threads), 1, 1, 0,
        stream.handle, &all, nil)
    }
    try device.check(status, "cuLaunchKernel(\(launch.kernel))")
  }
}
