public import CUDA
internal import JSON
public import Tensors

extension DeviceBenchmark {
  /// Phrases whose regions are others than the processor's.
  public struct Changes: Sendable {
    public var factors: FactorKind
    /// How many have other regions.
    public var changed: Int
    /// How many were looked at.
    public var phrases: Int

    /// The share of phrases whose regions may be others.
    public static let allowed = 0.005

    public init(factors: FactorKind, changed: Int, phrases: Int) {
      (self.factors, self.changed, self.phrases) = (factors, changed, phrases)
    }

    var share: Double { Double(changed) / Double(max(1, phrases)) }
    var isPassed: Bool { share <= Self.allowed }

    var json: JSON {
      [
        "factors": .string("\(factors)"), "changed": .integer(Int64(changed)),
        "phrases": .integer(Int64(phrases)), "share": .number(share),
        "passed": .boolean(isPassed),
      ]
    }
  }

  /// All that was found out about a card.
  public struct Findings: Sendable {
    /// In each kind of factors that could be measured.
    public var benchmarks: [DeviceBenchmark] = []
    /// Of each network and kind of factors.
    public var parities: [Parity] = []
    /// Of the built-in network.
    public var changes: [Changes] = []
    /// What could not be found out, and why.
    public var problems: [String] = []

    public init() {}

    /// Whether all of it is as it has to be.
    public var arePassed: Bool {
      problems.isEmpty && parities.allSatisfy { $0.isPassed } && changes.allSatisfy { $0.isPassed }
    }

    /// What a person or a script wants to know, as one JSON value.
    ///
    /// - device: nil after it was lost.
    /// - versions: of the libraries.
    public func json(of device: CUDADevice?, versions: String) -> String {
      let value: JSON = [
        "device": device.map { .string($0.name) } ?? .null,
        "architecture": device.map { .string($0.architecture) } ?? .null,
        "memory_bytes": device.map { .integer(Int64($0.memoryBytes)) } ?? .null,
        "versions": .string(versions),
        "monitor": device.flatMap { DeviceMonitor($0) }.map { Self.json(of: $0.reading) } ?? .null,
        "passed": .boolean(arePassed), "problems": .array(problems.map { .string($0) }),
        "parity": .array(parities.map { $0.json }), "regions": .array(changes.map { $0.json }),
        "measured": .array(benchmarks.map { $0.json }),
      ]
      return value.text
    }

    private static func json(of reading: DeviceMonitor.Reading) -> JSON {
      [
        "utilization": reading.utilization.map { .number($0) } ?? .null,
        "used_bytes": reading.usedBytes.map { .integer(Int64($0)) } ?? .null,
        "celsius": reading.celsius.map { .integer(Int64($0)) } ?? .null,
        "watts": reading.watts.map { .number($0) } ?? .null,
      ]
    }
  }
}
