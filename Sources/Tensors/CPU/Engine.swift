internal import COneDNN

/// oneDNN's engine and stream of the processor, and the memory that its primitives work in.
///
/// Its primitives run one after the other, on whatever thread. Left to itself the library would keep such
/// memory with each thread, as large as the primitives made on that thread want it.
final class Engine {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t
  private var scratch: Memory?

  init() throws(TensorError) {
    var engine: dnnl_engine_t?
    try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "start")
    guard let engine else { throw .library(operation: "start", status: 0) }
    var stream: dnnl_stream_t?
    let status = dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue))
    guard status == dnnl_success, let stream else {
      dnnl_engine_destroy(engine)
      throw .library(operation: "start a stream", status: Int(status.rawValue))
    }
    self.engine = engine
    self.stream = stream
  }

  deinit {
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }

  /// Of at least so many floats; valid until more are asked for.
  func scratch(floats: Int) throws(TensorError) -> UnsafeMutableRawPointer {
    if let scratch, scratch.capacity >= floats { return UnsafeMutableRawPointer(scratch.pointer) }
    scratch = nil
    let made = try Memory(floats: floats)
    scratch = made
    return UnsafeMutableRawPointer(made.pointer)
  }
}
