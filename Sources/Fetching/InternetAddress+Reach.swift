extension InternetAddress {
  /// From where an address can be reached, which decides what an image source may name.
  public enum Reach: String, Sendable {
    /// Routed on the public internet.
    case everywhere = "public"
    /// This machine.
    case loopback
    /// A private network: RFC 1918, shared carrier space, unique local IPv6.
    case privateNetwork = "private"
    /// Answers with a machine's cloud credentials to whoever asks.
    case metadata = "cloud metadata"
    /// One link only.
    case linkLocal = "link-local"
    /// Multicast, documentation, benchmarking, unspecified, reserved or tunnelled.
    case special
  }

  /// The reach by IANA's special-purpose address registries (RFC 6890 and its updates).
  ///
  /// An IPv6 address that carries an IPv4 one (mapped, or NAT64) has the reach of the latter.
  public var reach: Reach {
    if let four = embedded { return four.reach }
    if Self.metadataServers.contains(bytes) { return .metadata }
    return isSix ? reachOfSix : reachOfFour
  }

  /// Amazon, Azure, Google and Oracle share 169.254.169.254; the others have their own.
  private static let metadataServers: Set<[UInt8]> = [
    [169, 254, 169, 254], [169, 254, 170, 2], [169, 254, 170, 23], [100, 100, 100, 200],
    [168, 63, 129, 16],
    [0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
    [0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23],
    [0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
  ]

  /// The IPv4 address inside ::ffff:0:0/96 or 64:ff9b::/96.
  private var embedded: InternetAddress? {
    guard isSix else { return nil }
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
    let translated: [UInt8] = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
    let start = Array(bytes.prefix(12))
    guard start == mapped || start == translated else { return nil }
    return InternetAddress(bytes: Array(bytes.suffix(4)))
  }

  private var reachOfFour: Reach {
    switch (bytes[0], bytes[1], bytes[2]) {
    case (127, _, _): .loopback
    case (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): .privateNetwork
    case (169, 254, _): .linkLocal
    case (0, _, _), (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _): .special
    case (198, 51, 100), (203, 0, 113), (224..., _, _): .special
    default: .everywhere
    }
  }

  private var reachOfSix: Reach {
    if bytes.dropLast().allSatisfy({ $0 == 0 }) {
      return bytes[15] == 1 ? .loopback : .special
    }
    switch (bytes[0], bytes[1]) {
    case (0xfc...0xfd, _): return .privateNetwork
    case (0xfe, 0x80...0xbf): return .linkLocal
    case (0x20, 0x01) where bytes[2] < 2: return .special  // protocol assignments, Teredo
    case (0x20, 0x01) where bytes[2] == 0x0d && bytes[3] == 0xb8: return .special
    case (0x20, 0x02): return .special  // 6to4
    case (0x3f, 0xff) where bytes[2] < 0x10: return .special  // documentation
    case (0x20...0x3f, _): return .everywhere
    default: return .special
    }
  }
}
