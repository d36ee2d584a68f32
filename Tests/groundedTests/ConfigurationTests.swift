import Foundation
import Reports
import TestKit
import Testing

@testable import grounded

@Suite struct `The configuration` {
  func applied(_ text: String, path: String = "/etc/g.conf") throws -> Configuration {
    var configuration = Configuration()
    try configuration.apply(text: Array(text.utf8), of: path)
    return configuration
  }

  @Test func `has defaults that are of their own kind`() {
    for key in ConfigurationKey.all {
      #expect(key.standard.isEmpty || key.kind.accepts(key.standard), "\(key.name)")
      #expect(key.example.isEmpty || key.kind.accepts(key.example), "\(key.name)")
      #expect(key.meaning.hasSuffix("."), "\(key.name)")
    }
    let configuration = Configuration()
    #expect(configuration.number("grounder.threshold") == 0.8)
    #expect(configuration.number("grounder.fusion_iou") == 0.1)
    #expect(configuration.duration("shutdown.grace") == .seconds(25))
    #expect(configuration.size("limits.message_bytes_max") == 8 << 20)
    #expect(configuration.text("kafka.group.id") == "grounded")
    #expect(configuration.path("grounder.weights") == nil)
  }

  @Test func `reads a file of any editor`() throws {
    let text =
      "\u{FEFF}# comment\r\n\r\n  campaign =  night run \r\ngrounder.threshold=0.5\r\n"
      + "images.allow = file:/a, https://b:443/  file:/c\r\npostgres.uri = host=/run user=y#z"
    let configuration = try applied(text)
    #expect(configuration.text("campaign") == "night run")
    #expect(configuration.number("grounder.threshold") == 0.5)
    #expect(configuration.list("images.allow") == ["file:/a", "https://b:443/", "file:/c"])
    #expect(configuration.text("postgres.uri") == "host=/run user=y#z")
    #expect(configuration["campaign"].origin == .file(path: "/etc/g.conf", line: 3))
  }

  @Test(arguments: [
    (
      "grounder.treshold = 1",
      "/etc/g.conf:1: unknown key grounder.treshold. Did you mean grounder.threshold?"
    ),
    (
      "\nxyzzy.plugh.foo.bar = 1",
      "/etc/g.conf:2: unknown key xyzzy.plugh.foo.bar. `grounded config` lists every key."
    ),
    (
      "no equals sign",
      "/etc/g.conf:1: not a setting. Write `key = value`, or begin the line with #."
    ),
    (" = 3", "/etc/g.conf:1: not a setting. Write `key = value`, or begin the line with #."),
    (
      "two words = 3",
      "/etc/g.conf:1: not a setting. Write `key = value`, or begin the line with #."
    ),
    (
      "campaign = a\ncampaign = b",
      "/etc/g.conf:2: campaign is already set at /etc/g.conf:1. Remove one of the two."
    ),
    (
      "grounder.threshold = 2",
      "/etc/g.conf:1: grounder.threshold = 2 is not a number from 0.0 to 1.0."
    ),
    (
      "grounder.threshold = nan",
      "/etc/g.conf:1: grounder.threshold = nan is not a number from 0.0 to 1.0."
    ),
    (
      "grounder.threshold =",
      "/etc/g.conf:1: grounder.threshold =  is not a number from 0.0 to 1.0."
    ),
    (
      "grounder.threads = 1.5",
      "/etc/g.conf:1: grounder.threads = 1.5 is not a whole number from 0 to 1024."
    ),
    (
      "images.timeout = 10",
      "/etc/g.conf:1: images.timeout = 10 is not a duration from 10ms to 10min, such as 500ms, 30s or 5min."
    ),
    (
      "images.bytes_max = 9GB",
      "/etc/g.conf:1: images.bytes_max = 9GB is not a size from 1KiB to 1GiB, such as 512KiB or 16MiB."
    ),
    (
      "topics.start = begin",
      "/etc/g.conf:1: topics.start = begin is not one of earliest, latest, fail."
    ),
    ("kafka. = 1", "/etc/g.conf:1: unknown key kafka.. `grounded config` lists every key."),
  ])
  func `says what is wrong, where, and what is allowed`(text: String, message: String) {
    let error = #expect(throws: ConfigurationError.self) { try applied(text) }
    #expect(error?.description == message)
  }

  @Test func `has the limits of the contract unless told otherwise`() {
    #expect(ServiceSetup(Configuration()).reportLimits() == ReportLimits())
  }

  @Test func `refuses what is not text`() {
    var configuration = Configuration()
    for bytes: [UInt8] in [[10, 0xFF, 0xFE], [10, 97, 61, 0]] {
      #expect(throws: ConfigurationError.notText(path: "f", line: 2)) {
        try configuration.apply(text: bytes, of: "f")
      }
    }
  }

  @Test func `lets the environment win over the file, and options over both`() throws {
    var configuration = try applied("campaign = a\ngrounder.threads = 1\nlog.level = error")
    try configuration.apply(environment: [
      "GROUNDED_CAMPAIGN": "b", "GROUNDED_GROUNDER_THREADS": "2", "PATH": "/bin",
      "GROUNDED_TEST_KAFKA": "x", "GROUNDED_SERVICE_HOST": "10.0.0.1",
      "GROUNDED_PORT_9464_TCP": "tcp://10.0.0.1:9464", "GROUNDED_KAFKA_SECURITY_PROTOCOL": "ssl",
      "GROUNDED_TOPICS_ON_OUT_OF_RANGE": "latest",
    ])
    try configuration.apply(assignments: ["campaign = c"])
    #expect(configuration["campaign"] == .init(value: "c", origin: .option))
    #expect(configuration.integer("grounder.threads") == 2)
    #expect(configuration.text("log.level") == "error")
    #expect(configuration.text("topics.on_out_of_range") == "latest")
    #expect(configuration.kafka.contains { $0 == ("security.protocol", "ssl") })
    #expect(throws: ConfigurationError.self) {
      try configuration.apply(environment: ["GROUNDED_CAMPAING": "x"])
    }
  }

  @Test func `has a variable of its own for each key`() {
    let variables = ConfigurationKey.all.map { Configuration.variable(for: $0.name) }
    #expect(Set(variables).count == variables.count)
    #expect(variables.contains("GROUNDED_POSTGRES_PASSWORD_FILE"))
  }

  @Test func `passes librdkafka's own keys on, and resolves secrets`() throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("hush\r\nsecond line\n".utf8).write(to: folder.appending(path: "pw"))
    var configuration = Configuration()
    try configuration.apply(
      text: Array("kafka.sasl.password_file = pw\nkafka.linger.ms = 5\n".utf8),
      of: folder.path + "/grounded.conf")
    try configuration.readSecrets(credentials: nil)
    let kafka = Dictionary(uniqueKeysWithValues: configuration.kafka)
    #expect(kafka == ["group.id": "grounded", "linger.ms": "5", "sasl.password": "hush"])
  }

  @Test func `takes a secret from the service manager's credentials, unless it is set`() throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("from credential".utf8).write(to: folder.appending(path: "postgres.password"))
    let environment = ["CREDENTIALS_DIRECTORY": folder.path]
    let given = try Configuration.load(file: nil, environment: environment, assignments: [])
    #expect(given.secret("postgres.password") == "from credential")
    let set = try Configuration.load(
      file: nil, environment: environment, assignments: ["postgres.password=set"])
    #expect(set.secret("postgres.password") == "set")
    #expect(throws: ConfigurationError.self) {
      try Configuration.load(
        file: nil, environment: [:],
        assignments: ["postgres.password=x", "postgres.password_file=\(folder.path)/y"])
    }
  }

  @Test func `says which file it cannot read`() {
    let missing = ConfigurationError.unreadable(path: "/nowhere/g.conf", reason: "no such file")
    #expect(throws: missing) {
      try Configuration.load(file: "/nowhere/g.conf", environment: [:], assignments: [])
    }
    #expect(throws: ConfigurationError.unreadable(path: "/", reason: "it is a folder")) {
      try Configuration.load(file: "/", environment: [:], assignments: [])
    }
    #expect(throws: ConfigurationError.missing(name: "postgres.uri")) {
      try Configuration().required("postgres.uri")
    }
  }

  @Test func `resolves a relative path against its file`() throws {
    var configuration = try applied("grounder.weights = w.safetensors\nimages.ca_file = /abs")
    #expect(configuration.path("grounder.weights") == "/etc/w.safetensors")
    #expect(configuration.path("images.ca_file") == "/abs")
    try configuration.apply(assignments: ["grounder.weights=here/w"])
    #expect(configuration.path("grounder.weights") == "here/w")
  }
}

@Suite struct `Values of the configuration` {
  @Test func `read durations and sizes, and write them back`() {
    for text in ["0s", "5ms", "30s", "2min", "1h"] {
      #expect(DurationText.parse(text).map { DurationText($0).description } == text)
    }
    for text in ["0", "1000", "512KiB", "16MiB", "2GiB"] {
      #expect(SizeText.parse(text).map { SizeText($0).description } == text)
    }
    #expect(DurationText.parse("5 s") == .seconds(5))
    for text in ["", "s", "-1s", "1.5s", "1 week", "99999999999999999999s", "9999999999h", "٣s"] {
      #expect(DurationText.parse(text) == nil)
    }
    for text in ["", "MiB", "-1", "1.5MiB", "1MB", "9223372036854775807GiB"] {
      #expect(SizeText.parse(text) == nil)
    }
  }

  @Test func `find the nearest name`() {
    #expect(editDistance("kitten", "sitting") == 3)
    #expect(editDistance("abcd", "abdc") == 1)
    #expect(editDistance("", "abc") == 3)
    #expect(nearest(to: "serv", of: ["serve", "demo"]) == "serve")
    #expect(nearest(to: "zzz", of: ["serve", "demo"]) == nil)
    let long = String(repeating: "x", count: 1_000_000)
    #expect(nearest(to: long, of: ["serve"]) != "demo")
  }
}
