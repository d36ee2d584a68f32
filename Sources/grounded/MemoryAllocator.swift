internal import CJemalloc

/// jemalloc, which takes the place of libc's `malloc` by being linked.
///
/// A report is thousands of small allocations, made by one thread and freed by another: libc's allocator
/// spends a third of the daemon's time on them. Measured by `bench pipeline`, jemalloc gives a quarter
/// more reports a second.
enum MemoryAllocator {
  /// Gives memory that is no longer used back to the system, also while nothing happens.
  ///
  /// - Returns: false when `malloc` is another library's.
  @discardableResult static func returnUnusedInBackground() -> Bool {
    var isOn = true
    return mallctl("background_thread", nil, nil, &isOn, MemoryLayout<Bool>.size) == 0
  }
}
