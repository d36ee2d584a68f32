internal import Glibc

extension Duration {
  /// For librdkafka: whole milliseconds, rounded up, 0 or more.
  var milliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 1_000_000 else { return 1_000_000_000 }
    return Int32(seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

/// The time left until then, never negative.
func timeLeft(until deadline: ContinuousClock.Instant) -> Duration {
  max(.zero, ContinuousClock.now.duration(to: deadline))
}

/// Something that happens once and can be waited for with a limit.
/// `@unchecked` because a POSIX mutex, which the compiler does not know, guards the flag.
final class Latch: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let opened = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var isOpen = false

  init() {
    pthread_mutex_init(mutex, nil)
    var monotonic = pthread_condattr_t()
    pthread_condattr_init(&monotonic)
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC)
    pthread_cond_init(opened, &monotonic)
    pthread_condattr_destroy(&monotonic)
  }

  deinit {
    pthread_cond_destroy(opened)
    pthread_mutex_destroy(mutex)
    opened.deallocate()
    mutex.deallocate()
  }

  func open() {
    pthread_mutex_lock(mutex)
    isOpen = true
    pthread_cond_broadcast(opened)
    pthread_mutex_unlock(mutex)
  }

  /// Whether it happened within that time.
  func wait(atMost limit: Duration) -> Bool {
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &end)
    let nanoseconds = end.tv_nsec + Int(limit.milliseconds % 1_000) * 1_000_000
    end.tv_sec += Int(limit.milliseconds / 1_000) + nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isOpen {
      guard pthread_cond_timedwait(opened, mutex, &end) == 0 else { return isOpen }
    }
    return true
  }
}

/// Runs what may block for long on a thread of its own, which ends with it.
func onOwnThread(_ work: @escaping @Sendable () -> Void) {
  let argument = Unmanaged.passRetained(Work(work))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, argument.toOpaque())
  if code == 0 {
    pthread_detach(thread)
  } else {
    argument.takeRetainedValue().run()  // no thread to be had: late is better than never
  }
}

private final class Work {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
