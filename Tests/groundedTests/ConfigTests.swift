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
      "--set", "kafka.sasl.password=hush", "--set", "kafka.sasl.oauthbearer.config=hush",
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
    for key in ConfigurationKey.all {
      let mark = key.standard.isEmpty ? "#" : ""
      #expect(page.contains("\n\(mark)\(key.name) = \(key.standard)\n"))
    }
  }

  @Test func `shows a page that reads back as the same configuration, less its secrets`()
    async throws
  {
    let words = [
      "--set", "campaign=night run", "--set", "kafka.sasl.password=hush", "--set",
      "postgres.uri=dbname=g", "--set", "kafka.linger.ms=7",
    ]
    let page = await output(["config"] + words)
    #expect(page.status == .done, "\(page.complaint)")
    var configuration = Configuration()
    try configuration.apply(text: Array(page.text.utf8), of: "grounded.conf")
    for key in ConfigurationKey.all where !["campaign", "postgres.uri"].contains(key.name) {
      #expect(configuration[key.name].value == key.standard, "\(key.name)")
    }
    #expect(configuration.text("campaign") == "night run")
    #expect(configuration.text("postgres.uri") == "dbname=g")
    #expect(configuration.kafka.contains { $0 == ("linger.ms", "7") })
  }

  @Test(arguments: [
    "http.listen=foo", "http.listen=localhost:1", "http.listen=127.0.0.1:70000",
    "images.allow=garbage", "images.allow=ftp://h/", "postgres.uri=foo=bar", "kafka.foo.bar=1",
    "kafka.security.protocol=bogus", "kafka.enable.auto.commit=true",
    "kafka.partition.assignment.strategy=cooperative-sticky", "grounder.weights=/nowhere",
    "grounder.weights=/", "migrations.folder=/nowhere", "images.ca_file=/nowhere",
    "images.credentials_folder=/dev/null", "topics.grounded=reports.generated",
    "topics.rejected=reports.grounded", "shadow.weights=/nowhere", "shadow.tokenizer=/nowhere",
    "shadow.fraction=1.5", "watchdog.stuck=1s", "ledger.patience=soon",
  ])
  func `refuses what serve could not work with, as serve does`(assignment: String) async {
    let required = [
      "--set", "kafka.bootstrap.servers=127.0.0.1:1", "--set", "postgres.uri=dbname=nothing",
    ].filter { _ in !assignment.hasPrefix("postgres.uri") }
    for command in ["config", "serve"] {
      let result = await output([command] + required + ["--set", assignment])
      #expect(result.status == .wrongUsage, "\(command): \(result.complaint)")
      #expect(result.complaint.split(separator: "\n").count == 1)
      #expect(result.complaint.contains("--set: \(assignment.prefix { $0 != "=" })"))
    }
  }

  @Test func `never shows a password beside a misspelt name`() async {
    let result = await output("config", "--set", "kafka.sasl.pasword=hush")
    #expect(result.status == .wrongUsage)
    #expect(!(result.text + result.complaint).contains("hush"))
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
