internal import FoundationEssentials
internal import Journal

/// What every Prometheus client says of its process, looked up when it is asked for.
final class ProcessMetrics: Sendable {
  init(in registry: Metrics) {
    let memory = registry.gauge("process_resident_memory_bytes", "Memory in use.")
    let processor = registry.reading("process_cpu_seconds_total", "Processor time used.")
    let threads = registry.gauge("process_threads", "Threads.")
    let descriptors = registry.gauge("process_open_fds", "Open file descriptors.")
    registry.beforeExposition {
      let state = ProcessState(stat: Self.text("/proc/self/stat"))
      memory.set(Double(state.residentPages) * 4_096)
      processor.set(Double(state.processorTicks) / 100)
      threads.set(state.threads)
      descriptors.set(Self.count("/proc/self/fd"))
    }
  }

  private static func text(_ path: String) -> String {
    let bytes = FileManager.default.contents(atPath: path) ?? Data()
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func count(_ folder: String) -> Int {
    // Without /proc there is nothing to say.
    (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0
  }
}

/// The fields of `/proc/self/stat` (proc_pid_stat(5)) that are shown; zero when they are missing.
struct ProcessState: Equatable {
  let processorTicks: Int
  let threads: Int
  let residentPages: Int

  init(stat: String) {
    // The second field is the program's name in parentheses and may hold anything.
    let rest = stat.lastIndex(of: ")").map { stat[stat.index(after: $0)...] } ?? ""
    let fields = rest.split(separator: " ")
    let number = { (field: Int) in field - 3 < fields.count ? Int(fields[field - 3]) ?? 0 : 0 }
    processorTicks = number(14) + number(15)
    threads = number(20)
    residentPages = number(24)
  }
}
