internal import CCUDA

/// What a card says of itself, by NVML: it needs no context, and answers whatever the network does.
public struct DeviceMonitor: Sendable {
  private let calls: CUDAMonitorCalls
  private let handle: UInt

  /// Figures of a moment; nil for those that the card does not give.
  public struct Reading: Hashable, Sendable {
    /// The part of the time in which a kernel ran, 0…1.
    public var utilization: Double?
    /// Of all programs.
    public var usedBytes: Int?
    public var celsius: Int?
    public var watts: Double?
  }

  /// Nil where the driver has no NVML, or it does not know the device.
  public init?(_ device: CUDADevice) {
    guard let calls = device.libraries.monitor, calls.nvmlInit_v2() == 0 else { return nil }
    var handle: UnsafeMutableRawPointer?
    guard calls.nvmlDeviceGetHandleByPciBusId_v2(device.busID, &handle) == 0, let handle else {
      _ = calls.nvmlShutdown()
      return nil
    }
    self.calls = calls
    self.handle = UInt(bitPattern: handle)
  }

  /// The figures as they are now.
  public var reading: Reading {
    let device = UnsafeMutableRawPointer(bitPattern: handle)
    var reading = Reading()
    var rates = CUDAUtilization()
    if calls.nvmlDeviceGetUtilizationRates(device, &rates) == 0 {
      reading.utilization = Double(rates.device) / 100
    }
    var memory = CUDAMemoryUse()
    if calls.nvmlDeviceGetMemoryInfo(device, &memory) == 0 {
      reading.usedBytes = Int(clamping: memory.used)
    }
    var number: UInt32 = 0
    if calls.nvmlDeviceGetTemperature(device, 0, &number) == 0 { reading.celsius = Int(number) }
    if calls.nvmlDeviceGetPowerUsage(device, &number) == 0 {
      reading.watts = Double(number) / 1_000
    }
    return reading
  }
}
