public import CUDA
internal import Journal
internal import Synchronization

/// What is said of a GPU.
extension ServiceMetrics {
  /// A device had to begin anew so many times, and the network takes so much of its memory now.
  public func used(device name: String, bytes: Int, restarts: Int) {
    deviceRestarts.increment(by: restarts)
    if bytes > 0 { networkMemory[name].set(bytes) }
  }

  /// Shows what a card says of itself from now on.
  ///
  /// - monitor: nil where the card says nothing.
  /// - name: as grounders name the device, e.g. “cuda:0”.
  public func watch(_ monitor: DeviceMonitor?, of name: String) {
    guard let monitor, watchedDevices.withLock({ $0.insert(name).inserted }) else { return }
    registry.beforeExposition { [deviceFigures] in
      let reading = monitor.reading
      Self.show(reading.utilization, in: deviceFigures.utilization, of: name)
      Self.show(reading.usedBytes.map { Double($0) }, in: deviceFigures.memory, of: name)
      Self.show(reading.celsius.map { Double($0) }, in: deviceFigures.temperature, of: name)
      Self.show(reading.watts, in: deviceFigures.power, of: name)
    }
  }

  /// What a card does not say any more is not shown as if it still held.
  private static func show(_ value: Double?, in family: MetricFamily<Gauge>, of name: String) {
    if let value { family[name].set(value) } else { family.remove(name) }
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
