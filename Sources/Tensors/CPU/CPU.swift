internal import COneDNN
internal import COpenBLAS
internal import Glibc

/// oneDNN's just-in-time compiled kernels. In 32-bit floats it is the reference that other backends and
/// precisions are held against.
///
/// Products with weights are oneDNN's too; those within a sentence are OpenBLAS's
/// (`AttentionSizes+Small.swift`). On the linear layers of the full-size network, 2 cores
/// of a Zen 5, its packed inner product reached 445–533 GFLOP/s at 122 to 3,392 rows (OpenBLAS 0.3.21
/// told to use AVX-512: 350–480) and 475 at 16 rows (OpenBLAS: 160), where packing at every call costs
/// most. It also adds bias, activation and residual while the result is in registers, and leaves one
/// thread pool in the process: two of them spin against each other on few cores.
public final class CPU: Backend {
  public let name = "cpu"
  /// Threads that share an operation.
  public let threads: Int
  public let precision: Precision
  /// For operations that the threads share.
  let engine: Engine
  /// For operations that one thread does alone, while others do theirs.
  let engines: [Engine]
  let pool: MemoryPool
  /// Where layers find their weights packed, while a network is built.
  public var packed: PackedWeights?
  private var shaped: [AnyHashable: Primitive] = [:]
  private var turns: [Float: Turns] = [:]

  /// - threads: at least 1; more than the machine has cores only makes them wait for each other.
  ///
  /// Throws `.unsupported` when the processor cannot.
  public convenience init(threads: Int, precision: Precision = .f32) throws(TensorError) {
    try self.init(threads: threads, precision: precision, poolBytesMax: 192 << 20)
  }

  /// - poolBytesMax: how much memory may wait to be used again.
  init(threads: Int, precision: Precision = .f32, poolBytesMax: Int) throws(TensorError) {
    precondition(threads >= 1, "\(threads) threads")
    guard Self.supports(precision) else { throw .unsupported(precision) }
    self.threads = threads
    self.precision = precision
    pool = MemoryPool(bytesMax: poolBytesMax)
    engine = try Engine()
    engines = try (0..<threads).map { (_) throws(TensorError) in try Engine() }
    openblas_set_num_threads(1)  // it works inside the threads of oneDNN's pool
    enter()
  }

  /// True where the processor has the instructions.
  public static func supports(_ precision: Precision) -> Bool {
    // Processors that multiply bfloat16 multiply 8-bit integers too (VNNI).
    let needed = dnnl_cpu_isa_avx512_core_bf16.rawValue
    return precision == .f32 || dnnl_get_effective_cpu_isa().rawValue & needed == needed
  }

  /// What factors are kept in, but for 8-bit convolutions.
  var factorType: dnnl_data_type_t {
    let isHalf = precision == .bf16 || precision == .int8 && Processor.present.gainsFromHalves
    return isHalf ? dnnl_bf16 : dnnl_f32
  }

  /// Sets the number of threads for operations that start on the calling thread, which is where
  /// libgomp keeps that number.
  public func enter() { omp_set_num_threads(Int32(threads)) }

  /// The primitive for a combination of sizes, made once.
  ///
  /// A service that has seen too many combinations forgets them all: making one takes 0.2 ms.
  func primitive(_ key: some Hashable, make: () throws(TensorError) -> Primitive)
    throws(TensorError) -> Primitive
  {
    let key = AnyHashable(key)
    if let known = shaped[key] { return known }
    if shaped.count >= Self.shapesMax { shaped.removeAll(keepingCapacity: true) }
    let made = try make()
    shaped[key] = made
    return made
  }

  private static let shapesMax = 1024

  func turns(theta: Float, size: Int, positions: Int) -> Turns {
    let known = turns[theta]
    if let known, known.size == size, known.positions >= positions { return known }
    let made = Turns(theta: theta, size: size, positions: max(positions, 128))
    turns[theta] = made
    return made
  }

  /// Runs `body` for every index, each thread a stretch of its own.
  func parallel(_ count: Int, _ body: (Int) -> Void) {
    guard count > 1, threads > 1 else {
      for index in 0..<count { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      var loop = Loop(count: count, body: body)
      withUnsafeMutablePointer(to: &loop) { context in
        GOMP_parallel(
          { raw in
            guard let raw else { return }
            let loop = raw.assumingMemoryBound(to: Loop.self)
            let count = loop.pointee.count
            let (thread, threads) = (Int(omp_get_thread_num()), Int(omp_get_num_threads()))
            for index in (count * thread / threads)..<(count * (thread + 1) / threads) {
              loop.pointee.body(index)
            }
          }, context, UInt32(threads), 0)
      }
    }
  }

  private struct Loop {
    let count: Int
    let body: (Int) -> Void
  }
}
