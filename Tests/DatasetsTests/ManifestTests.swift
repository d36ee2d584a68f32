import Boxes
import Foundation
import JSON
import TestKit
import Testing

@testable import Datasets

@Suite final class `A manifest` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func file(_ text: String) throws -> String { try file(Array(text.utf8)) }

  private func file(_ bytes: [UInt8]) throws -> String {
    let file = folder.appending(path: "train.jsonl")
    try Data(bytes).write(to: file)
    return file.path
  }

  private static func entry(_ id: String, boxes: [PixelBox] = []) -> ManifestEntry {
    ManifestEntry(
      id: id, dataset: "d", split: .train, image: "images/a.png", width: 100, height: 80,
      patientID: "p", studyID: "s", sentence: "Größe “normal”.", boxes: boxes,
      category: boxes.isEmpty ? nil : "nodule", source: ["seed": 1])
  }

  @Test func `reads what it writes`() throws {
    let box = try #require(PixelBox(left: 0, top: 10.5, right: 100, bottom: 80))
    let entries = [Self.entry("1", boxes: [box]), Self.entry("2")]
    let path = try file(Manifest.bytes(entries))
    #expect(try Manifest.read(path: path) == entries)
    #expect(entries[0].fractions == [BoundingBox(left: 0, top: 0.13125, right: 1, bottom: 1)])
    #expect(entries[0].imagePath(manifest: path) == folder.path + "/images/a.png")
    #expect(entries[0].imagePath(manifest: "train.jsonl") == "images/a.png")
  }

  @Test func `ignores members that it does not know, and empty lines`() throws {
    let line = Self.entry("1").json.text.dropFirst()
    let path = try file("\n{\"colour\":1,\(line)\r\n\n")
    #expect(try Manifest.read(path: path) == [Self.entry("1")])
  }

  private func problem(_ line: String) throws -> DatasetError? {
    let path = try file("\(Self.entry("first").json.text)\n\(line)\n")
    return #expect(throws: DatasetError.self) { try Manifest.read(path: path) }
  }

  @Test(arguments: [
    ("id", "7"), ("id", "\"\""), ("split", "\"all\""), ("width", "0"), ("height", "-3"),
    ("width", "1.5"), ("boxes", "{}"), ("boxes", "[[1,2,3]]"), ("boxes", "[[1,2,3,\"4\"]]"),
    ("boxes", "[[1,2,3,81]]"), ("boxes", "[[-1,2,3,4]]"), ("boxes", "[[3,2,1,4]]"),
    ("boxes", "[[1,2,1,4]]"), ("category", "3"), ("source", "null"), ("sentence", "null"),
  ])
  func `refuses a wrong member, naming file and line`(name: String, value: String) throws {
    var members = try #require(Self.entry("1").json.members)
    let wrong = try JSON(parsing: value)
    members = members.map { $0.name == name ? JSON.Member(name, wrong) : $0 }
    let error = try #require(try problem(JSON.object(members).text))
    #expect(error.line == 2 && error.file.hasSuffix("train.jsonl"))
    #expect(error.description.contains("train.jsonl:2: "))
    #expect(error.description.contains(name))
    members.removeAll { $0.name == name }
    #expect(try problem(JSON.object(members).text)?.problem == .missing(field: name))
  }

  @Test func `refuses what is no line of a manifest`() throws {
    #expect(try problem(Self.entry("first").json.text)?.problem == .doubled(id: "first"))
    let infinite = Self.entry("1").json.text.replacing(
      "\"boxes\":[]", with: "\"boxes\":[[1,1,1e999,2]]")
    #expect(try problem(infinite)?.line == 2)
    #expect(try problem("[]")?.line == 2)
    #expect(try problem("{\"id\":")?.line == 2)
    let bytes = try file(Array("\n\n{\"id\":\"".utf8) + [0xFF] + Array("\"}\n".utf8))
    let error = #expect(throws: DatasetError.self) { try Manifest.read(path: bytes) }
    #expect(error?.problem == .notUTF8 && error?.line == 3)
  }

  @Test func `refuses a line without end, and a file that is not there`() throws {
    let path = try file("\n\(String(repeating: " ", count: 5_000))")
    let error = #expect(throws: DatasetError.self) {
      var reader = try ManifestReader(path: path, lineBytesMax: 1_000)
      _ = try reader.next()
    }
    #expect(error?.problem == .lineTooLong(bytesMax: 1_000) && error?.line == 2)
    #expect(throws: DatasetError.self) { try Manifest.read(path: path + "x") }
  }
}
