internal import COneDNN
internal import Glibc

/// Weights in the order in memory that oneDNN wants, as an earlier start made them: with the full-size
/// network that takes half of a start.
///
/// Layers ask for their blocks in the order in which the network is built. A block is taken only where
/// its layout is the one that is asked for and its sum is right when it is taken; any other is made.
/// Belongs to one thread.
public final class PackedWeights {
  /// One layer's weights.
  public struct Block: Sendable {
    /// Stands for everything that oneDNN says of the order.
    public let layout: UInt64
    /// What the numbers sum up to, by `sum(of:)`.
    public let sum: UInt64
    public let numbers: Parameter

    public init(layout: UInt64, sum: UInt64, numbers: Parameter) {
      self.layout = layout
      self.sum = sum
      self.numbers = numbers
    }
  }

  private let kept: [Block]
  /// Every block that was asked for, with its numbers.
  public private(set) var blocks: [(layout: UInt64, numbers: Parameter)] = []
  /// How many of them had to be made.
  public private(set) var made = 0

  /// - kept: of a start with the same weights, precision and `surroundings`.
  public init(_ kept: [Block] = []) { self.kept = kept }

  /// True where an earlier start has left something.
  public var isKept: Bool { !kept.isEmpty }

  /// What orders depend on beside the weights: library, instructions, and this program's own file.
  public static var surroundings: String {
    let version = dnnl_version()?.pointee ?? dnnl_version_t()
    let hash = version.hash.map { String(cString: $0) } ?? ""
    var program = stat()
    stat("/proc/self/exe", &program)
    return "oneDNN \(version.major).\(version.minor).\(version.patch) \(hash),"
      + " instructions \(dnnl_get_effective_cpu_isa().rawValue),"
      + " program \(program.st_size) \(program.st_ino)"
      + " \(program.st_ctim.tv_sec) \(program.st_ctim.tv_nsec)"
  }

  /// The block of a layout: a kept one, or one that `make` fills.
  func memory(
    _ layout: Layout, on cpu: CPU, make: (Memory) throws(TensorError) -> Void
  ) throws(TensorError) -> Memory {
    let name = Self.name(of: layout)
    let size = Self.capacity(of: layout)
    if blocks.count < kept.count {
      let block = kept[blocks.count]
      if block.layout == name, block.numbers.count == size,
        let memory = Memory(lying: block.numbers), Self.sum(of: block.numbers, on: cpu) == block.sum
      {
        blocks.append((name, block.numbers))
        return memory
      }
    }
    let memory = try Memory(floats: size)
    let filled = floats(in: layout)
    (memory.pointer + filled).update(repeating: 0, count: size - filled)
    try make(memory)
    made += 1
    blocks.append((name, Parameter(shape: [size], owner: memory, pointer: memory.pointer)))
    return memory
  }

  /// In floats; whole lines of the processor's cache, so that blocks can lie one after the other.
  private static func capacity(of layout: Layout) -> Int { (floats(in: layout) + 15) / 16 * 16 }

  /// FNV-1a of the descriptor's bytes.
  private static func name(of layout: Layout) -> UInt64 {
    withUnsafeBytes(of: layout) { bytes in
      bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* Self.prime }
    }
  }

  private static let prime: UInt64 = 0x100_0000_01b3
  /// In vectors of 16 numbers: 1 MiB.
  private static let stretch = 1 << 14

  /// A sum in which no bit can change, and no two vectors change places, unnoticed: Fletcher's, of 32-bit
  /// words in 16 lanes, by stretches.
  ///
  /// - numbers: a multiple of 16 of them, at a multiple of 64 bytes.
  public static func sum(of numbers: Parameter) -> UInt64 { sum(of: numbers, on: nil) }

  private static func sum(of numbers: Parameter, on cpu: CPU?) -> UInt64 {
    guard let pointer = numbers.pointer else { return 0 }
    let vectors = UnsafeRawPointer(pointer).assumingMemoryBound(to: SIMD16<UInt32>.self)
    let count = numbers.count / 16
    let stretches = (count + stretch - 1) / stretch
    var sums = [UInt64](repeating: 0, count: stretches)
    sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      let sumUp = { (index: Int) in
        sums[index] = sum(vectors, index * stretch..<min(count, (index + 1) * stretch))
      }
      if let cpu {
        cpu.parallel(stretches, sumUp)
      } else {
        for index in 0..<stretches { sumUp(index) }
      }
    }
    return sums.reduce(UInt64(numbers.count)) { ($0 ^ $1) &* prime }
  }

  private static func sum(
    _ vectors: UnsafePointer<SIMD16<UInt32>>, _ range: Range<Int>
  ) -> UInt64 {
    var first = SIMD16<UInt32>.zero
    var second = SIMD16<UInt32>.zero
    for index in range {
      first &+= vectors[index]
      second &+= first
    }
    return first.indices.reduce(0) { sum, lane in
      ((sum ^ UInt64(first[lane])) &* prime ^ UInt64(second[lane])) &* prime
    }
  }
}

extension CPU {
  /// Memory for weights in an order of the library's: an earlier start's, where one has been given, or filled by `make`.
  func packed(
    _ layout: Layout, make: (Memory) throws(TensorError) -> Void
  ) throws(TensorError) -> Memory {
    if let packed { return try packed.memory(layout, on: self, make: make) }
    let memory = try Memory(floats: floats(in: layout))
    try make(memory)
    return memory
  }
}
