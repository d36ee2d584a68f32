internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread of its own for what blocks: an actor names it as its executor, and the shared pool
/// never waits.
///
/// Jobs run in the order in which they come. The thread ends when the last reference to it goes.
public final class DedicatedThread: SerialExecutor {
  private let queue = JobQueue()

  /// Starts the thread. `name` is what `top -H` shows, at most 15 bytes of it.
  public init(name: String) {
    let label = String(name.utf8.prefix(15)) ?? ""
    let start = Unmanaged.passRetained(Start(queue: queue, name: label))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        pthread_setname_np(pthread_self(), start.name)
        start.queue.run()
        return nil
      }, start.toOpaque())
    precondition(code == 0, "no thread “\(name)”: error \(code)")
    pthread_detach(thread)
  }

  deinit { queue.close() }

  public func enqueue(_ job: consuming ExecutorJob) {
    queue.append(UnownedJob(job), on: asUnownedSerialExecutor())
  }
}

private final class Start {
  let queue: JobQueue
  let name: String

  init(queue: JobQueue, name: String) {
    self.queue = queue
    self.name = name
  }
}

/// The jobs that wait. `@unchecked` because a POSIX mutex, which the compiler does not know, guards all of it.
private final class JobQueue: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [(UnownedJob, UnownedSerialExecutor)] = []
  private var isClosed = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(filled, nil)
  }

  deinit {
    pthread_cond_destroy(filled)
    pthread_mutex_destroy(mutex)
    filled.deallocate()
    mutex.deallocate()
  }

  func append(_ job: UnownedJob, on executor: UnownedSerialExecutor) {
    pthread_mutex_lock(mutex)
    jobs.append((job, executor))
    pthread_cond_signal(filled)
    pthread_mutex_unlock(mutex)
  }

  func close() {
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_cond_signal(filled)
    pthread_mutex_unlock(mutex)
  }

  func run() {
    while let batch = next() {
      for (job, executor) in batch { job.runSynchronously(on: executor) }
    }
  }

  private func next() -> [(UnownedJob, UnownedSerialExecutor)]? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while jobs.isEmpty && !isClosed { pthread_cond_wait(filled, mutex) }
    if jobs.isEmpty { return nil }
    let batch = jobs
    jobs.removeAll(keepingCapacity: true)
    return batch
  }
}
