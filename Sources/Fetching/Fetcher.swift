internal import Threads

/// Fetches over HTTP(S) and reads files on a thread of its own, where it may block.
///
/// Connections stay open between requests, so one fetcher serves a host best again and again.
public actor Fetcher {
  private let thread: DedicatedThread
  private var handle: CurlHandle?

  public init(name: String) {
    thread = DedicatedThread(name: name)
  }

  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Performs one GET; a redirect is an answer, not followed.
  ///
  /// Cancelling the task ends the transfer within about a second.
  public func get(
    _ request: FetchRequest, limits: FetchLimits
  ) throws(FetchError) -> FetchResponse {
    try perform(request, body: nil, limits)
  }

  /// Performs one POST of JSON; a redirect is an answer, not followed.
  ///
  /// Cancelling the task ends the transfer within about a second.
  public func post(
    _ json: String, to request: FetchRequest, limits: FetchLimits
  ) throws(FetchError) -> FetchResponse {
    try perform(request, body: json, limits)
  }

  private func perform(
    _ request: FetchRequest, body: String?, _ limits: FetchLimits
  ) throws(FetchError) -> FetchResponse {
    if handle == nil { handle = try CurlHandle() }
    do {
      return try transfer(request, body, limits)
    } catch .uncheckedAddress {
      // A connection kept from an earlier answer of the DNS: begin afresh, once.
      handle = try CurlHandle()
      return try transfer(request, body, limits)
    }
  }

  /// Reads a regular file that lies within one of the folders once links are followed.
  public func read(
    _ path: String, within folders: [String], bytesMax: Int
  ) throws(FetchError) -> [UInt8] {
    try ConfinedFile.read(path, within: folders, bytesMax: bytesMax)
  }

  private func transfer(
    _ request: FetchRequest, _ body: String?, _ limits: FetchLimits
  ) throws(FetchError) -> FetchResponse {
    guard let response = try handle?.perform(request, body: body, limits: limits) else {
      preconditionFailure("the handle is made by the caller")
    }
    return response
  }
}
