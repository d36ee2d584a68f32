import Fetching
import Foundation
import TestKit
import Testing

@Suite final class `A confined file` {
  let fetcher = Fetcher(name: "test")
  let root: URL
  let images: URL

  init() throws {
    root = try Place.temporaryFolder()
    images = root.appending(path: "images")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }  // best effort: a temporary folder

  func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: root.appending(path: name))
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: root.appending(path: name).path, withDestinationPath: target)
  }

  func read(_ name: String, bytesMax: Int = 1000) async throws -> [UInt8] {
    try await fetcher.read(
      images.path + "/" + name, within: [images.path], bytesMax: bytesMax)
  }

  @Test func `is read whole`() async throws {
    try write([1, 2, 3], "images/a.png")
    try write([], "images/empty.png")
    #expect(try await read("a.png") == [1, 2, 3])
    #expect(try await read("empty.png") == [])
  }

  @Test func `may be reached by links that stay inside`() async throws {
    try write([4], "images/a.png")
    try link("images/b.png", to: "a.png")
    try link("images/c.png", to: images.path + "/a.png")
    #expect(try await read("b.png") == [4])
    #expect(try await read("c.png") == [4])
  }

  @Test func `may lie in a folder that is itself a link`() async throws {
    try write([5], "images/a.png")
    try link("alias", to: "images")
    let alias = root.path + "/alias"
    #expect(try await fetcher.read(alias + "/a.png", within: [alias], bytesMax: 9) == [5])
  }

  @Test(arguments: ["/etc/hostname", "../secret", "../images-2/x"])
  func `does not escape by a link`(target: String) async throws {
    try write([6], "secret")
    try FileManager.default.createDirectory(
      at: root.appending(path: "images-2"), withIntermediateDirectories: true)
    try write([7], "images-2/x")
    try link("images/escape", to: target)
    await #expect(throws: FetchError.outsideFolders) { try await read("escape") }
    await #expect(throws: FetchError.outsideFolders) { try await read("../secret") }
  }

  @Test func `does not escape by a linked folder`() async throws {
    try write([6], "secret")
    try link("images/up", to: "..")
    await #expect(throws: FetchError.outsideFolders) { try await read("up/secret") }
  }

  @Test func `is no pipe, folder, device or file of the kernel`() async throws {
    #expect(mkfifo(images.path + "/pipe", 0o600) == 0)
    try FileManager.default.createDirectory(
      at: images.appending(path: "folder"), withIntermediateDirectories: true)
    try link("images/zero", to: "/dev/zero")
    try link("images/environ", to: "/proc/self/environ")
    for name in ["pipe", "folder", "zero", "environ"] {
      await #expect(throws: FetchError.notRegularFile) { try await read(name) }
    }
  }

  @Test func `is refused above the cap before it is read`() async throws {
    #expect(FileManager.default.createFile(atPath: images.path + "/huge", contents: nil))
    let huge = try FileHandle(forWritingTo: images.appending(path: "huge"))
    try huge.truncate(atOffset: 1 << 40)
    await #expect(throws: FetchError.tooLarge(bytesMax: 1000)) { try await read("huge") }
    try write([UInt8](repeating: 1, count: 1000), "images/fits")
    #expect(try await read("fits").count == 1000)
  }

  @Test func `has names for what is missing`() async throws {
    try link("images/loop", to: "loop")
    try link("images/dangling", to: "nothing")
    await #expect(throws: FetchError.missing) { try await read("absent") }
    await #expect(throws: FetchError.missing) { try await read("dangling") }
    await #expect(throws: FetchError.badPath(errno: ELOOP)) { try await read("loop") }
    await #expect(throws: FetchError.badPath(errno: ENAMETOOLONG)) {
      try await read(String(repeating: "a", count: 300))
    }
    await #expect(throws: FetchError.badPath(errno: EINVAL)) { try await read("a\u{0}b") }
  }

  @Test func `waits for a folder that is not there`() async throws {
    try FileManager.default.removeItem(at: images)
    await #expect(throws: FetchError.storage(errno: ENOENT)) { try await read("a.png") }
  }
}
