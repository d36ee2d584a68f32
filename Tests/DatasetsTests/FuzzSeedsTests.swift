import Foundation
import TestKit
import Testing

@Suite struct `The fuzzed readers` {
  @Test func `have each a folder of seeds`() throws {
    let folder = Place.repository.appending(path: "Tests/Fuzz")
    let source = String(
      decoding: try Place.bytes(folder.appending(path: "FuzzedReader.swift")), as: UTF8.self)
    let cases = source.split(separator: "\n").prefix { !$0.contains("func ") }
      .filter { $0.hasPrefix("  case ") }.flatMap { $0.dropFirst(7).split(separator: ", ") }
    let names = cases.map { $0.split(separator: "\"").last.map { String($0) } ?? "" }
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "Seeds").path)
    #expect(names.sorted() == folders.sorted())
  }
}
