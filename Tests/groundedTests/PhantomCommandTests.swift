import Datasets
import Foundation
import Images
import TestKit
import Testing

@testable import grounded

@Suite final class `The commands that make material` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  @Test func `draw films and learn a tokenizer from their sentences`() async throws {
    let data = folder.appending(path: "new/phantom").path
    let made = await output(
      "phantom", "--output", data, "--images", "6", "--side", "64", "--split-shares", "1,0")
    #expect(made.status == .done, "\(made.complaint)")
    #expect(made.text.hasPrefix("6 films"))
    let entries = try Manifest.read(path: data + "/train.jsonl")
    #expect(try Manifest.read(path: data + "/val.jsonl").isEmpty)
    #expect(Set(entries.map { $0.image }).count == 6)
    for entry in entries {
      let bytes = try Place.bytes(URL(filePath: data + "/" + entry.image))
      let picture = try Picture.decode(bytes)
      #expect(picture.width == entry.width && picture.height == entry.height)
    }
    let tokenizer = folder.appending(path: "tokenizer.json").path
    let learnt = await output(
      "model", "tokenizer", "--size", "300", "--output", tokenizer, data + "/train.jsonl")
    #expect(learnt.status == .done, "\(learnt.complaint)")
    #expect(learnt.text.hasPrefix("300 tokens from \(entries.count) sentences"))
  }

  @Test func `make up sentences for films`() async throws {
    let table = folder.appending(path: "films.csv")
    let text = """
      file,width,height,view,patient,right_lung,left_lung
      a.jpg,100,100,PA,1,"[0.1,0.1,0.4,0.9]","[0.6,0.1,0.9,0.9]"

      """
    try Data(text.utf8).write(to: table)
    let made = await output(
      "phantom", "films", "--csv", table.path, "--output", folder.path, "--split", "test",
      "--sentences", "5")
    #expect(made.status == .done, "\(made.complaint)")
    let entries = try Manifest.read(path: folder.path + "/test.jsonl")
    #expect(entries.count == 5 && entries.allSatisfy { $0.split == .test })
    #expect(entries[0].image == folder.standardizedFileURL.path + "/a.jpg")
  }

  @Test(arguments: [
    ["phantom"], ["phantom", "--output", "x", "--stage", "3"],
    ["phantom", "--output", "x", "--split-shares", "0.9,0.2"], ["phantom", "films"],
    ["model", "tokenizer", "--output", "/tmp/t", "--size", "10", "x"],
  ])
  func `say what is wrong with their options`(words: [String]) async {
    let result = await output(words)
    #expect(result.status == .wrongUsage && !result.complaint.isEmpty)
  }
}
