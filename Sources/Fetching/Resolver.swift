internal import Glibc

/// The system's resolver.
public enum Resolver {
  /// The addresses of a host name, in the system's order of preference, without doubles.
  ///
  /// Blocks as long as the resolver's own configuration lets it.
  /// - Throws: `.unknownHost` for a name that does not exist, `.resolverFailed` when nobody
  ///   can say at present.
  public static func addresses(of host: String) throws(FetchError) -> [InternetAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else { throw error(code) }
    defer { freeaddrinfo(list) }
    var found: [InternetAddress] = []
    var next = list
    while let entry = next?.pointee {
      if let address = address(of: entry), !found.contains(address) { found.append(address) }
      next = entry.ai_next
    }
    return found
  }

  private static func error(_ code: Int32) -> FetchError {
    switch code {
    case EAI_NONAME, -5, -9: .unknownHost  // EAI_NODATA, EAI_ADDRFAMILY: hidden by glibc
    default: .resolverFailed(code: code)
    }
  }

  private static func address(of entry: addrinfo) -> InternetAddress? {
    guard let pointer = UnsafeRawPointer(entry.ai_addr) else { return nil }
    switch entry.ai_family {
    case AF_INET where entry.ai_addrlen >= MemoryLayout<sockaddr_in>.size:
      let raw = pointer.loadUnaligned(as: sockaddr_in.self)
      return InternetAddress(bytes: withUnsafeBytes(of: raw.sin_addr) { Array($0) })
    case AF_INET6 where entry.ai_addrlen >= MemoryLayout<sockaddr_in6>.size:
      let raw = pointer.loadUnaligned(as: sockaddr_in6.self)
      return InternetAddress(bytes: withUnsafeBytes(of: raw.sin6_addr) { Array($0) })
    default: return nil
    }
  }
}
