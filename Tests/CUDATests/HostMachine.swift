import HostDevice
import Testing

@testable import CUDA
@testable import Tensors

/// The processor in a GPU's place.
enum HostMachine {
  /// Opens what is linked to the tests.
  static let opener: LibrarySearch.Opener = { (library, _) throws(CUDAError) in
    OpenLibrary(path: "host") { hostDeviceSymbol($0).map { UInt(bitPattern: $0) } }
  }

  /// - bytes: of its memory.
  static func device(bytes: Int = 1 << 30) throws -> CUDADevice {
    hostDeviceReset(bytes)
    return try CUDADevice(CUDALibraries(opener), ordinal: 0)
  }

  /// - folder: where choices are kept; trusts: whether they count.
  static func network(
    _ factors: FactorKind, bytes: Int = 1 << 30, folder: String? = nil, trusts: Bool = true
  ) throws -> DeviceNetwork {
    let device = try device(bytes: bytes)
    let compiler = try KernelCompiler(compilerIn: opener, cacheFolder: folder)
    let target = KernelCompiler.Target(
      architecture: device.architecture, factors: factors, headSizes: [32])
    return try DeviceNetwork(
      device, image: compiler.image(for: target), factors: factors, kept: compiler.kept,
      trusts: trusts)
  }

  /// What a plan of the operations in `body` answers.
  static func run(
    _ factors: FactorKind, pixels: [[Float]] = [],
    _ body: (any Backend) throws -> Tensor
  ) throws -> [Float] {
    let network = try network(factors)
    let recorder = PlanRecorder(factors: factors)
    let size = PlanSize(images: max(1, pixels.count), sentences: 1, tokens: 1)
    try recorder.begin(size)
    let result = try body(recorder)
    let plan = recorder.finish([(.boxes, result)])
    try network.load(plan, weights: recorder.weights)
    let input = PlanInput(
      pixels: pixels.map { .normalised($0) }, sentences: [], images: [])
    try network.submit(input, size: size, lane: 0)
    let count = result.rows * result.columns
    return Array(try network.collect(lane: 0).boxes.prefix(count))
  }

  /// Runs the same operations there and on the processor's own backend, and compares.
  ///
  /// - within: for floats; bfloat16 may be 3·10⁻² away from them, half floats 4·10⁻³, times `reach`.
  static func compare(
    within tolerance: Float = 2e-5, reach: Float = 1, pixels: [[Float]] = [],
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (any Backend) throws -> Tensor
  ) throws {
    let cpu = try CPU(threads: 1)
    let expected = try cpu.values(of: body(cpu))
    for factors in FactorKind.allCases {
      let values = try run(factors, pixels: pixels, body)
      let allowed: Float =
        switch factors {
        case .f32: tolerance
        case .bf16: 3e-2 * reach
        case .f16: 4e-3 * reach
        }
      expectClose(
        values, expected, within: allowed, "\(factors)", sourceLocation: sourceLocation)
    }
  }
}

/// Seeded numbers from −1 to 1, different for every size and seed.
func numbers(_ count: Int, seed: UInt64 = 1) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(count)
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 23) - 1
  }
}

/// Expects equal sizes and values; names the largest difference and its place.
func expectClose(
  _ values: [Float], _ expected: [Float], within tolerance: Float, _ subject: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard values.count == expected.count else {
    Issue.record(
      "\(subject): \(values.count) values, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  var (worst, place): (Float, Int) = (0, 0)
  for index in values.indices {
    let difference = abs(values[index] - expected[index])
    if !(difference <= worst) {
      (worst, place) = (difference.isNaN ? .infinity : difference, index)
    }
  }
  if worst > tolerance {
    Issue.record(
      """
      \(subject): largest difference \(worst) at index \(place), \(values[place]) instead of \
      \(expected[place]); \(tolerance) is allowed
      """, sourceLocation: sourceLocation)
  }
}
