import Fetching
import Foundation
import TestKit
import Testing

/// OpenSSL's own small server with a certificate of its own.
private final class EncryptedServer {
  static let program = "/usr/bin/openssl"
  let folder: URL
  let port: UInt16
  private let server = Process()

  var certificate: String { folder.path + "/certificate.pem" }

  init(name: String) throws {
    folder = try Place.temporaryFolder()
    let files = ["-out", folder.path + "/certificate.pem", "-keyout", folder.path + "/key.pem"]
    let maker = Process()
    maker.executableURL = URL(filePath: Self.program)
    maker.arguments =
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)",
      ] + files
    maker.standardError = FileHandle.nullDevice
    try maker.run()
    maker.waitUntilExit()
    let output = Pipe()
    server.executableURL = URL(filePath: Self.program)
    server.arguments = ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", files[1]]
    server.arguments? += ["-key", files[3]]
    server.standardOutput = output
    server.standardError = FileHandle.nullDevice
    try server.run()
    port = try #require(Self.port(in: output.fileHandleForReading))
  }

  deinit {
    server.terminate()
    try? FileManager.default.removeItem(at: folder)  // best effort: a temporary folder
  }

  /// Reads up to the line `ACCEPT 127.0.0.1:40123`.
  private static func port(in output: FileHandle) -> UInt16? {
    var text = ""
    while !text.contains("ACCEPT") || !text.hasSuffix("\n") {
      let piece = output.availableData
      guard !piece.isEmpty else { return nil }
      text += String(decoding: piece, as: UTF8.self)
    }
    return text.split(whereSeparator: \.isNewline).last { $0.hasPrefix("ACCEPT") }
      .flatMap { $0.split(separator: ":").last }.flatMap { UInt16($0) }
  }
}

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: EncryptedServer.program)))
struct `An encrypted transfer` {
  private func get(
    _ host: String, from server: EncryptedServer, trusting file: String?
  ) async throws -> FetchResponse {
    let request = FetchRequest(
      url: "https://\(host):\(server.port)/", host: host, port: server.port,
      addresses: [try #require(InternetAddress("127.0.0.1"))], authorityFile: file)
    return try await Fetcher(name: "test").get(request, limits: FetchLimits())
  }

  @Test func `needs a trusted certificate with the right name`() async throws {
    let server = try EncryptedServer(name: "images.test")
    let answer = try await get("images.test", from: server, trusting: server.certificate)
    #expect(answer.status == 200)
    await #expect(throws: FetchError.untrusted(code: 60)) {
      try await get("images.test", from: server, trusting: nil)
    }
    await #expect(throws: FetchError.untrusted(code: 60)) {
      try await get("other.test", from: server, trusting: server.certificate)
    }
    await #expect(throws: FetchError.misconfigured(code: 77)) {
      try await get("images.test", from: server, trusting: "/nonexistent")
    }
  }
}
