/// Why a transfer or a reading gave no bytes. Free of URLs, paths and contents.
public enum FetchError: Error, Hashable, Sendable {
  /// The name does not exist.
  case unknownHost
  /// Nobody could say which addresses the name has; `code` is getaddrinfo's.
  case resolverFailed(code: Int32)
  /// No connection to any of the checked addresses.
  case cannotConnect
  /// The connection led to an address that had not been checked.
  case uncheckedAddress
  /// The encryption failed or the certificate is not trusted; `code` is libcurl's.
  case untrusted(code: Int32)
  /// Too slow: to connect, in total, or under the least speed.
  case timedOut
  /// More bytes than the cap.
  case tooLarge(bytesMax: Int)
  /// The other side went away before the end, or broke the protocol; `code` is libcurl's.
  case broken(code: Int32)
  /// The task was cancelled.
  case cancelled
  /// libcurl refused an option; `code` is libcurl's.
  case misconfigured(code: Int32)
  /// The path leads outside the allowed folders once its links are followed.
  case outsideFolders
  /// A folder, device, pipe, socket, or a file of the kernel's.
  case notRegularFile
  /// There is no such file.
  case missing
  /// The file may not be read by this user.
  case forbidden
  /// The system cannot open this path; `errno` says why.
  case badPath(errno: Int32)
  /// The storage failed, or the allowed folder itself cannot be reached; `errno` says why.
  case storage(errno: Int32)
}

extension FetchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownHost: "the host name does not exist; correct the source or the DNS"
    case .resolverFailed(let code): "the DNS gives no answer at present (\(code))"
    case .cannotConnect: "the host refuses connections or cannot be reached"
    case .uncheckedAddress: "the connection led to an address that was not checked"
    case .untrusted(let code):
      "no trusted TLS connection (libcurl \(code)); check the host's certificate and the CA file"
    case .timedOut: "the source is too slow; raise images.timeout if that is normal"
    case .tooLarge(let bytesMax): "the image has more than the \(bytesMax) bytes allowed"
    case .broken(let code): "the transfer broke off (libcurl \(code))"
    case .cancelled: "cancelled"
    case .misconfigured(let code):
      "libcurl refuses an option (\(code)); check its version and the CA file"
    case .outsideFolders: "the file lies outside the allowed folders"
    case .notRegularFile: "not a regular file"
    case .missing: "there is no such file"
    case .forbidden: "the file may not be read; check its permissions"
    case .badPath(let errno): "the path cannot be opened (errno \(errno))"
    case .storage(let errno): "the storage failed (errno \(errno)); check that it is mounted"
    }
  }
}
