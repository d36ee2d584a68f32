internal import Glibc

/// Tells the service manager how the daemon fares (sd_notify's protocol, without its library).
///
/// Without `NOTIFY_SOCKET` in the environment every message is dropped, so nothing has to ask
/// whether there is a service manager.
public struct Readiness: Sendable {
  /// How often the service manager wants to hear `ping()`; nil when it does not watch this process.
  public let watchdogInterval: Duration?

  private let socketName: String?

  /// - Parameters:
  ///   - environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are read.
  ///   - processID: this process, which `WATCHDOG_PID` must name.
  public init(environment: [String: String], processID: Int32) {
    let name = environment["NOTIFY_SOCKET"] ?? ""
    socketName = name.hasPrefix("/") || name.hasPrefix("@") ? name : nil
    watchdogInterval = Self.watchdogInterval(environment, processID)
  }

  /// As `init(environment:processID:)`, for this process.
  public init(environment: [String: String]) {
    self.init(environment: environment, processID: getpid())
  }

  /// True when there is a service manager that listens.
  public var isHeard: Bool { socketName != nil }

  /// The daemon works. Also ends a reload.
  public func ready(_ status: String? = nil) { send("READY=1" + Self.line(status)) }

  /// The daemon rereads its configuration; `ready()` ends it.
  public func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds())") }

  /// The daemon begins to stop.
  public func stopping(_ status: String? = nil) { send("STOPPING=1" + Self.line(status)) }

  /// One line for people, which `systemctl status` shows.
  public func status(_ text: String) { send("STATUS=\(Self.oneLine(text))") }

  /// The daemon made progress, or has nothing to do (`ProgressWatchdog`).
  public func ping() { send("WATCHDOG=1") }

  /// Starting or stopping takes this much longer, counted from now.
  public func extendTimeout(by duration: Duration) {
    send("EXTEND_TIMEOUT_USEC=\(max(0, Int64(duration / .microseconds(1))))")
  }

  private static func line(_ status: String?) -> String {
    status.map { "\nSTATUS=\(oneLine($0))" } ?? ""
  }

  /// A line feed would begin another message.
  private static func oneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
  }

  private static func watchdogInterval(
    _ environment: [String: String], _ processID: Int32
  ) -> Duration? {
    guard let text = environment["WATCHDOG_USEC"], let interval = Int64(text), interval > 0 else {
      return nil
    }
    if let named = environment["WATCHDOG_PID"], Int32(named) != processID { return nil }
    return .microseconds(interval)
  }

  private static func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  /// A message that cannot be sent is dropped: a daemon does not fail because nobody listens.
  private func send(_ message: String) {
    guard let socketName, let (address, length) = Self.address(of: socketName) else { return }
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, type, 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let bytes = Array(message.utf8)
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
        _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), general, length)
      }
    }
  }

  /// A path, or a name in the abstract namespace, which begins with `@` here and with zero there.
  private static func address(of name: String) -> (sockaddr_un, socklen_t)? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    let isAbstract = bytes.first == UInt8(ascii: "@")
    if isAbstract { bytes[0] = 0 } else { bytes.append(0) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    return (address, socklen_t(start + bytes.count))
  }
}
