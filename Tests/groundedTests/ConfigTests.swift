import Foundation
import JSON
import TestKit
import Testing

@testable import grounded

@Suite struct `grounded config` {
  @Test func `writes the example that is installed`() throws {
    let file = Place.repository.appending(path: "systemd/grounded.conf")
    let installed = try String(contentsOf: file, encoding: .utf8)
    #expect(
      Config.example() == installed, "grounded config --example > systemd/grounded.conf renews it")
  }

  @Test func `shows every key in the example, which reads back as the defaults`() throws {
    let example = Config.example()
    for key in ConfigurationKey.all { #expect(example.contains("\(key.name) =")) }
    var configuration = Configuration()
    try configuration.apply(text: Array(example.utf8), of: "grounded.conf")
    for key in ConfigurationKey.all { #expect(configuration[key.name].value == key.standard) }
    let uncommented = example.split(separator: "\n").map { line in
      line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
    }.joined(separator: "\n")
    try configuration.apply(text: Array(uncommented.utf8), of: "grounded.conf")
  }

  @Test func `shows each value with its origin, and masks secrets`() async throws {
    let result = await output(
      "config", "--json", "--set", "postgres.uri=postgresql://u:hush@h/db?password=hush2",
      "--set", "kafka.sasl.password=hush", "--set", "kafka.my.token=hush",
      environment: ["GROUNDED_CAMPAIGN": "night"])
    #expect(result.status == .done)
    #expect(!result.text.contains("hush"))
    let entries = try #require(try JSON(parsing: result.text).array)
    func entry(_ name: String) -> JSON? { entries.first { $0["key"]?.string == name } }
    #expect(entries.count == ConfigurationKey.all.count + 1)
    #expect(entry("campaign")?["value"]?.string == "night")
    #expect(entry("campaign")?["origin"]?.string == "GROUNDED_CAMPAIGN")
    #expect(entry("grounder.threshold")?["origin"]?.string == "default")
    #expect(entry("kafka.sasl.password")?["value"]?.string == "********")
    #expect(
      entry("postgres.uri")?["value"]?.string
        == "postgresql://u:********@h/db?password=********")
    let page = await output("config").text
    for key in ConfigurationKey.all { #expect(page.contains("\n\(key.name) = ")) }
  }

  @Test(arguments: [
    ("host=h password=hush user=u", "host=h password=******** user=u"),
    ("host=h password='hu sh' user=u", "host=h password=********"),
    ("host=h PASSWORD=hush", "host=h PASSWORD=********"),
    ("hush", "********"),
    ("postgresql://u@h/db", "postgresql://u@h/db"),
    ("postgresql://u:h@sh@h/db", "postgresql://u:********@h/db"),
    (
      "postgresql://h/db?user=u&sslpassword=hush&p%61ssword=hush",
      "postgresql://h/db?user=u&sslpassword=********&p%61ssword=********"
    ),
  ])
  func `masks passwords in every spelling`(connection: String, shown: String) {
    #expect(Config.masked(connection: connection) == shown)
  }
}
