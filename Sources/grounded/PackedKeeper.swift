internal import Journal
internal import Tensors
internal import Threads

/// Writes packed weights for the next start on a thread of its own, while the service works.
actor PackedKeeper {
  private let shelf: PackedShelf
  private let thread = DedicatedThread(name: "keeper")

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  init(_ shelf: PackedShelf) { self.shelf = shelf }

  /// Failing costs only the next start some time.
  func keep(
    _ blocks: [(layout: UInt64, numbers: Parameter)], of weights: String, log: Log
  ) {
    do {
      try shelf.write(blocks, of: weights)
      log.info("weights are kept packed for the next start", ["file": shelf.file])
    } catch {
      log.warning("packed weights cannot be kept for the next start: \(error)")
    }
  }
}
