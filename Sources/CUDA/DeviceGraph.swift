internal import CCUDA

/// Steps that the device knows as one.
final class DeviceGraph {
  private let device: CUDADevice
  private let runnable: UnsafeMutableRawPointer?

  /// - body: its steps, which are not done but remembered.
  init(
    _ device: CUDADevice, capturing stream: DeviceStream, _ body: () throws(CUDAError) -> Void
  ) throws(CUDAError) {
    self.device = device
    let driver = device.driver
    // Nothing is forbidden meanwhile: all that a capture could spoil was done before it.
    try device.check(
      driver.cuStreamBeginCapture_v2(stream.handle, 2), "cuStreamBeginCapture")
    var graph: UnsafeMutableRawPointer?
    do throws(CUDAError) {
      try body()
    } catch {
      if driver.cuStreamEndCapture(stream.handle, &graph) == 0 { _ = driver.cuGraphDestroy(graph) }
      throw error
    }
    try device.check(driver.cuStreamEndCapture(stream.handle, &graph), "cuStreamEndCapture")
    defer { _ = driver.cuGraphDestroy(graph) }
    var runnable: UnsafeMutableRawPointer?
    try device.check(
      driver.cuGraphInstantiateWithFlags(&runnable, graph, 0), "cuGraphInstantiate")
    self.runnable = runnable
  }

  deinit { _ = device.driver.cuGraphExecDestroy(runnable) }

  func launch(on stream: DeviceStream) throws(CUDAError) {
    try device.check(device.driver.cuGraphLaunch(runnable, stream.handle), "cuGraphLaunch")
  }
}

/// A moment of a stream's work, that another can wait for and that can be timed.
final class DeviceEvent {
  private let device: CUDADevice
  private let handle: UnsafeMutableRawPointer?

  init(_ device: CUDADevice) throws(CUDAError) {
    self.device = device
    var handle: UnsafeMutableRawPointer?
    try device.check(device.driver.cuEventCreate(&handle, 0), "cuEventCreate")
    self.handle = handle
  }

  deinit { _ = device.driver.cuEventDestroy_v2(handle) }

  /// After all work that the stream has so far.
  func record(on stream: DeviceStream) throws(CUDAError) {
    try device.check(device.driver.cuEventRecord(handle, stream.handle), "cuEventRecord")
  }

  /// Lets a stream's further work wait for it.
  func hold(_ stream: DeviceStream) throws(CUDAError) {
    try device.check(
      device.driver.cuStreamWaitEvent(stream.handle, handle, 0), "cuStreamWaitEvent")
  }

  /// Milliseconds from another moment to this one, which is waited for.
  func time(since begin: DeviceEvent) throws(CUDAError) -> Double {
    try device.check(device.driver.cuEventSynchronize(handle), "cuEventSynchronize")
    var milliseconds: Float = 0
    try device.check(
      device.driver.cuEventElapsedTime(&milliseconds, begin.handle, handle), "cuEventElapsedTime")
    return Double(milliseconds)
  }
}
