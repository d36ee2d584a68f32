internal import CCurl

/// One easy handle of libcurl with its open connections. For one thread at a time.
struct CurlHandle: ~Copyable {
  private let pointer: UnsafeMutableRawPointer

  /// Once per process, before the first handle.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  init() throws(FetchError) {
    guard Self.isReady, let handle = curl_easy_init() else {
      throw .misconfigured(code: Int32(CURLE_FAILED_INIT.rawValue))
    }
    pointer = handle
  }

  deinit { curl_easy_cleanup(pointer) }

  /// Performs one GET, or one POST where there is a body. Blocks.
  func perform(
    _ request: FetchRequest, body: String?, limits: FetchLimits
  ) throws(FetchError) -> FetchResponse {
    precondition(!request.addresses.isEmpty, "no address was checked")
    let reception = Reception(bytesMax: limits.bytesMax, addresses: request.addresses)
    try refuseSurprises()
    try bound(limits)
    try receive(into: reception)
    let kinds = body == nil ? Self.imageKinds : Self.jsonKinds
    let headers = try HeaderList(kinds + request.headers)
    try set(CURLOPT_HTTPHEADER, headers.pointer)
    let resolved = try HeaderList(Self.resolutions(of: request))
    try set(CURLOPT_RESOLVE, resolved.pointer)
    if let file = request.authorityFile { try set(CURLOPT_CAINFO, file) }
    try set(CURLOPT_URL, request.url)
    if let body { try post(body) }
    let code = withExtendedLifetime(reception) { curl_easy_perform(pointer) }
    curl_easy_reset(pointer)  // nothing of this transfer may be reached from the next
    _ = consume headers
    _ = consume resolved
    if let error = Self.error(code, reception, limits) { throw error }
    return FetchResponse(
      status: reception.status, body: reception.body, headers: reception.headers)
  }

  private static let imageKinds = ["Accept: image/png, image/jpeg"]
  private static let jsonKinds = [
    "Accept: application/json", "Content-Type: application/json",
    "Expect:",  // no round trip before a long body
  ]

  /// libcurl keeps a copy of the body until it is reset.
  private func post(_ body: String) throws(FetchError) {
    try set(CURLOPT_POST, 1)
    try set(CURLOPT_POSTFIELDSIZE, body.utf8.count)
    try set(CURLOPT_COPYPOSTFIELDS, body)
  }

  /// `host:port:address,address`, which libcurl asks in the place of the DNS.
  ///
  /// None for a host that is an address itself: libcurl looks nothing up then, and has no spelling for a
  /// host with colons here.
  private static func resolutions(of request: FetchRequest) -> [String] {
    guard InternetAddress(request.host) == nil else { return [] }
    let addresses = request.addresses.map { $0.isSix ? "[\($0.text)]" : $0.text }
    return ["\(request.host):\(request.port):\(addresses.joined(separator: ","))"]
  }

  /// Nothing from the environment, no other protocol, no second request behind our back.
  private func refuseSurprises() throws(FetchError) {
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_NETRC, 0)
    try set(CURLOPT_PATH_AS_IS, 1)
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    try set(CURLOPT_HTTP09_ALLOWED, 0)
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_USERAGENT, "grounded")
    try set(CURLOPT_MAXCONNECTS, 4)
  }

  private func bound(_ limits: FetchLimits) throws(FetchError) {
    try set(CURLOPT_TIMEOUT_MS, limits.total.milliseconds)
    try set(CURLOPT_CONNECTTIMEOUT_MS, limits.connect.milliseconds)
    try set(CURLOPT_LOW_SPEED_LIMIT, limits.bytesPerSecondMin)
    try set(CURLOPT_LOW_SPEED_TIME, max(1, limits.slowestFor.milliseconds / 1000))
    try set(CURLOPT_BUFFERSIZE, 128 << 10)
  }

  private func receive(into reception: Reception) throws(FetchError) {
    let context = Unmanaged.passUnretained(reception).toOpaque()
    for option in [
      CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_XFERINFODATA, CURLOPT_PREREQDATA,
    ] {
      try check(grounded_set_context(pointer, option, context))
    }
    try check(
      grounded_set_receive(pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
        let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return Reception.at(context).take(body: piece) ? piece.count : 0
      })
    try check(
      grounded_set_receive(pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return Reception.at(context).take(header: line) ? line.count : 0
      })
    try set(CURLOPT_NOPROGRESS, 0)
    try check(
      grounded_set_progress(pointer) { context, _, _, _, _ in
        Reception.at(context).mayGoOn() ? 0 : 1
      })
    try check(
      grounded_set_connected(pointer) { context, address, _, _, _ in
        Reception.at(context).accepts(address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
      })
  }

  private func set(_ option: CURLoption, _ value: Int) throws(FetchError) {
    try check(grounded_set_long(pointer, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(FetchError) {
    try check(grounded_set_text(pointer, option, value))
  }

  private func set(
    _ option: CURLoption, _ value: UnsafeMutablePointer<curl_slist>?
  ) throws(FetchError) {
    try check(grounded_set_list(pointer, option, value))
  }

  private func check(_ code: CURLcode) throws(FetchError) {
    guard code == CURLE_OK else { throw .misconfigured(code: Int32(code.rawValue)) }
  }

  private static func error(
    _ code: CURLcode, _ reception: Reception, _ limits: FetchLimits
  ) -> FetchError? {
    if let problem = reception.problem { return problem }
    let number = Int32(code.rawValue)
    switch code {
    case CURLE_OK: return nil
    case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .cannotConnect
    case CURLE_OPERATION_TIMEDOUT: return .timedOut
    case CURLE_FILESIZE_EXCEEDED: return .tooLarge(bytesMax: limits.bytesMax)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_INVALIDCERTSTATUS:
      return .untrusted(code: number)
    case CURLE_SSL_CACERT_BADFILE, CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL,
      CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_SETOPT_OPTION_SYNTAX:
      return .misconfigured(code: number)
    default: return .broken(code: number)
    }
  }
}

extension Reception {
  /// The reception that a transfer handed to libcurl, which outlives the transfer.
  fileprivate static func at(_ context: UnsafeMutableRawPointer?) -> Reception {
    guard let context else { preconditionFailure("libcurl lost its context") }
    return Unmanaged<Reception>.fromOpaque(context).takeUnretainedValue()
  }
}

/// A list of lines in libcurl's form.
private struct HeaderList: ~Copyable {
  let pointer: UnsafeMutablePointer<curl_slist>?

  init(_ lines: [String]) throws(FetchError) {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard let longer = curl_slist_append(list, line) else {
        curl_slist_free_all(list)
        throw .misconfigured(code: Int32(CURLE_OUT_OF_MEMORY.rawValue))
      }
      list = longer
    }
    pointer = list
  }

  deinit { curl_slist_free_all(pointer) }
}

extension Duration {
  /// Whole milliseconds, at least one.
  fileprivate var milliseconds: Int {
    let parts = components
    return max(1, Int(parts.seconds) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000))
  }
}
