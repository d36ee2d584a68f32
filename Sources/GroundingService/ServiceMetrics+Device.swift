public import CUDA
internal import Journal
internal import Synchronization

/// What is said of a GPU.
extension ServiceMetrics {
  /// A device had to begin anew so many times.
  func restartedDevice(_ times: Int) { deviceRestarts.increment(by: times) }

  /// Shows what a card says of itself from now on, and the memory that the network takes of it.
  ///
  /// - name: as grounders name the device, e.g. “cuda:0”.
  /// - monitor: nil where the card says nothing.
  public func watch(_ monitor: DeviceMonitor?, of name: String, networkBytes: Int) {
    networkMemory[name].set(networkBytes)
    guard let monitor, watchedDevices.withLock({ $0.insert(name).inserted }) else { return }
    registry.beforeExposition { [deviceFigures] in
      let reading = monitor.reading
      if let share = reading.utilization { deviceFigures.utilization[name].set(share) }
      if let bytes = reading.usedBytes { deviceFigures.memory[name].set(bytes) }
      if let celsius = reading.celsius { deviceFigures.temperature[name].set(celsius) }
      if let watts = reading.watts { deviceFigures.power[name].set(watts) }
    }
  }
}

/// Figures of a card, by its device.
struct DeviceFigures: Sendable {
  let utilization, memory, temperature, power: MetricFamily<Gauge>

  init(in registry: Metrics) {
    utilization = registry.gauges(
      "grounded_device_utilization_ratio", "The part of the time in which a GPU's kernels ran.",
      labels: ["device"])
    memory = registry.gauges(
      "grounded_device_memory_used_bytes", "Memory of a GPU that all programs use.",
      labels: ["device"])
    temperature = registry.gauges(
      "grounded_device_temperature_celsius", "A GPU's temperature.", labels: ["device"])
    power = registry.gauges(
      "grounded_device_power_watts", "What a GPU takes.", labels: ["device"])
  }
}
