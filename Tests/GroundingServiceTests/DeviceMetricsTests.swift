import CUDA
import HostDevice
import Testing

@testable import GroundingService

/// On a device that is the processor in a GPU's place.
@Suite(.serialized) struct `Figures of a GPU` {
  private func device() throws -> CUDADevice {
    hostDeviceReset(1 << 30)
    let libraries = try CUDALibraries { (library, versions) throws(CUDAError) in
      OpenLibrary(path: "host") { hostDeviceSymbol($0).map { UInt(bitPattern: $0) } }
    }
    return try CUDADevice(libraries, ordinal: 0)
  }

  @Test func `are shown as long as the card says them`() throws {
    let metrics = ServiceMetrics()
    metrics.watch(DeviceMonitor(try device()), of: "cuda:0")
    metrics.used(device: "cuda:0", bytes: 700, restarts: 2)
    let text = metrics.exposition()
    for line in [
      "utilization_ratio{device=\"cuda:0\"} 0.4", "memory_used_bytes{device=\"cuda:0\"} 300",
      "temperature_celsius{device=\"cuda:0\"} 61", "network_bytes{device=\"cuda:0\"} 700",
      "restarts_total 2",
    ] {
      #expect(text.contains("\ngrounded_device_\(line)\n"), "\(line)")
    }
    #expect(!text.contains("\ngrounded_device_power_watts{"))
    hostDeviceFail("nvmlDeviceGetTemperature", 1, 15, 1)
    defer { hostDeviceReset(1 << 30) }
    let later = metrics.exposition()
    #expect(!later.contains("\ngrounded_device_temperature_celsius{"))
    #expect(later.contains("\ngrounded_device_memory_used_bytes{"))
  }

  @Test func `of a processor are not there`() {
    let metrics = ServiceMetrics()
    metrics.used(device: "cpu", bytes: 0, restarts: 0)
    #expect(!metrics.exposition().contains("\ngrounded_device_network_bytes{"))
  }
}
