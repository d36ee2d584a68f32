import Fetching
import Testing

@testable import GroundingService

@Suite struct `A source policy` {
  func policy(_ lines: String...) throws -> SourcePolicy { try SourcePolicy(parsing: lines) }

  func refusal(_ decision: SourceDecision) -> SourceRefusal? {
    if case .refused(let refusal) = decision { refusal } else { nil }
  }

  func isAllowed(_ decision: SourceDecision) -> Bool { refusal(decision) == nil }

  @Test(arguments: ["file:/srv/images/a.png", "https://pacs.example/a", "http://127.0.0.1/"])
  func `is closed by default`(uri: String) {
    #expect(refusal(SourcePolicy().decide(uri)) == .noRule)
  }

  @Test(arguments: [
    ("file:/srv/images/a.png", "/srv/images/a.png"), ("file:///srv/images/a.png", nil),
    ("FILE://localhost/srv//images/b%20c.png", "/srv/images/b c.png"),
  ])
  func `allows files below a folder`(uri: String, path: String?) throws {
    let decision = try policy("file:/srv/images/").decide(uri)
    #expect(
      decision == .file(path: path ?? "/srv/images/a.png", folders: ["/srv/images"]))
  }

  @Test(arguments: [
    ("file:/srv/images", SourceRefusal.noRule), ("file:/srv/images-2/a", .noRule),
    ("file:/srv/images/../secret", .badPath), ("file:/srv/images/%2e%2e/secret", .badPath),
    ("file:/srv/images/%252e%252e/secret", .badPath), ("file:/srv/images/a%2fb", .badPath),
    ("file:/srv/images/a%00.png", .badPath), ("file:/srv/images/a%ff", .badPath),
    ("file:/srv/images/a\\b", .badCharacter), ("file:/srv/images/a b", .badCharacter),
    ("file://host/srv/images/a", .badHost), ("file:srv/images/a", .badPath),
    ("file:/srv/images/a?b", .badPath), ("file:/srv/images/%4", .badPath),
    ("/srv/images/a.png", .noScheme), ("", .noScheme), ("ftp://srv/images/a", .unknownScheme),
    ("gopher://x/", .unknownScheme), ("file:/srv/images/é", .badCharacter),
  ])
  func `refuses paths that mean something else`(uri: String, why: SourceRefusal) throws {
    #expect(refusal(try policy("file:/srv/images").decide(uri)) == why)
  }

  @Test func `refuses endless sources`() throws {
    let uri = "file:/srv/images/" + String(repeating: "a", count: 9000)
    #expect(refusal(try policy("file:/srv/images").decide(uri)) == .tooLong)
  }

  @Test(arguments: [
    "https://pacs.example/wado/1", "HTTPS://PACS.Example/wado", "https://pacs.example./wado/1?x=1",
    "https://pacs.example:443/wado/a%20b", "https://pacs.example/wado/1#fragment",
    "https://pacs.example/%77ado/1", "https://pacs.example/wado//1",
  ])
  func `allows a host below a prefix`(uri: String) throws {
    #expect(isAllowed(try policy("https://pacs.example/wado/").decide(uri)))
  }

  @Test(arguments: [
    ("http://pacs.example/wado/1", SourceRefusal.noRule),
    ("https://pacs.example:8443/wado/1", .noRule), ("https://pacs.example/wado2/1", .noRule),
    ("https://pacs.example//wado/1", .noRule), ("https://pacs.example/", .noRule),
    ("https://evil.example/wado/1", .noRule), ("https://pacs.example.evil.example/wado", .noRule),
    ("https://pacs.example@evil.example/wado/1", .userInfo),
    ("https://user:pw@pacs.example/wado/1", .userInfo),
    ("https://pacs.example\\@evil.example/wado/1", .badCharacter),
    ("https://pacs.example%2eevil.example/wado", .badHost), ("https:///wado/1", .badHost),
    ("https:pacs.example/wado/1", .badHost), ("https://pacs.example:0/wado/1", .badPort),
    ("https://pacs.example:65536/wado/1", .badPort), ("https://pacs.example:/wado/1", .badPort),
    ("https://pacs.example:443x/wado", .badPort), ("https://pacs..example/wado", .badHost),
    ("https://pаcs.example/wado", .badCharacter), ("https://pacs.example/wado/../x", .badPath),
    ("https://pacs.example/wado/..;a/x", .badPath),
    ("https://pacs.example/wado/%2e%2E/x", .badPath),
    ("https://pacs.example/wado/.%252e/x", .badPath), ("https://pacs.example/wado/%5c..", .badPath),
    ("https://pacs.example/wado/a\r\nHost: x", .badCharacter),
  ])
  func `refuses what is not exactly that host and prefix`(
    uri: String, why: SourceRefusal
  ) throws {
    #expect(refusal(try policy("https://pacs.example/wado").decide(uri)) == why)
  }

  @Test(arguments: [
    "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
    "http://127.0.0.0x1/", "http://127.0.0.1.1/", "http://[::1%25lo]/", "http://[127.0.0.1]/",
    "http://[::1/", "http://256.1.1.1/", "http://1.2.3.04/",
  ])
  func `knows numbers in one spelling only`(uri: String) throws {
    #expect(refusal(try policy("http://127.0.0.1").decide(uri)) == .badHost)
  }

  @Test func `compares numbers as numbers`() throws {
    #expect(isAllowed(try policy("http://[0:0::1]:80").decide("http://[::1]/a")))
    #expect(isAllowed(try policy("http://127.0.0.1").decide("http://127.0.0.1./a")))
  }

  @Test func `prefers the longest prefix`() throws {
    let policy = try policy("https://a.test bearer=x", "https://a.test/b bearer=y")
    guard case .web(_, let rule) = policy.decide("https://a.test/b/c") else {
      Issue.record("not allowed")
      return
    }
    #expect(rule.credential == .bearer(file: "y"))
  }

  @Test(arguments: [
    ("https://a.test", "8.8.8.8", true), ("https://a.test", "10.0.0.1", false),
    ("https://a.test", "127.0.0.1", false), ("https://a.test", "169.254.169.254", false),
    ("https://a.test", "::ffff:127.0.0.1", false),
    ("https://a.test private", "10.0.0.1", true), ("https://a.test private", "127.0.0.1", true),
    ("https://a.test private", "fd00::1", true),
    ("https://a.test private", "169.254.169.254", false),
    ("https://a.test private", "fd00:ec2::254", false),
    ("https://a.test private", "169.254.1.1", false),
    ("https://a.test private", "0.0.0.0", false), ("http://localhost", "127.0.0.1", true),
    ("http://localhost", "::1", true), ("http://localhost", "10.0.0.1", false),
    ("http://10.0.0.1", "10.0.0.1", true), ("http://10.0.0.1", "10.0.0.2", false),
    ("http://169.254.169.254", "169.254.169.254", true), ("file:/a", "8.8.8.8", false),
  ])
  func `decides which addresses a rule allows`(line: String, text: String, allowed: Bool) throws {
    let rule = try SourceRule(parsing: line)
    #expect(rule.allows(try #require(InternetAddress(text))) == allowed)
  }

  @Test(
    arguments: [
      ("/b/x", nil), ("x?y=1", nil), ("?y=1", nil), ("https://b.test/x", nil),
      ("//b.test/x", nil), ("http://a.test/b/x", SourceRefusal.downgrade), ("/c", .noRule),
      ("file:///etc/passwd", .badRedirect), ("gopher://b.test/", .badRedirect), ("", .badRedirect),
      ("../../c", .badPath), ("https://169.254.169.254/latest", .noRule),
      ("https://u@b.test/x", .userInfo), ("//b.test\\@a.test/", .badCharacter),
    ] as [(String, SourceRefusal?)])
  func `checks redirects like the first address`(location: String, why: SourceRefusal?) throws {
    let policy = try policy("https://a.test/b", "https://b.test", "http://a.test")
    let origin = try WebAddress("https://a.test/b/first?q=1")
    #expect(refusal(policy.decide(redirect: location, from: origin)) == why)
  }

  @Test func `completes relative redirects`() throws {
    let origin = try WebAddress("https://a.test:8443/b/first?q=1")
    let url = { (text: String) throws in try WebAddress(text, relativeTo: origin).url }
    #expect(try url("x/y?z=1") == "https://a.test:8443/b/x/y?z=1")
    #expect(try url("?z=1") == "https://a.test:8443/b/first?z=1")
    #expect(try url("//[2606:4700::1]/p") == "https://[2606:4700::1]:443/p")
    #expect(try url("/a:b") == "https://a.test:8443/a:b")
  }

  @Test(arguments: [
    "", "   ", "file:/", "file:relative", "file:/a private", "https://a.test?x=1",
    "https://a.test#x", "https://a.test public", "https://a.test bearer", "ftp://a.test",
    "https://u@a.test", "pacs.example", "https://", "http://a.test/../b",
  ])
  func `refuses rules that it does not understand`(line: String) {
    #expect(throws: SourcePolicyError.self) { try SourceRule(parsing: line) }
  }

  @Test func `says what is wrong with a rule`() {
    let error = #expect(throws: SourcePolicyError.self) {
      try SourceRule(parsing: "https://a.test publik")
    }
    #expect(error?.description.contains("“https://a.test publik”") == true)
  }

  @Test(arguments: [
    "https://user:hunter2@a.test/", "https://hunter2.test/", "file:/hunter2/../x", "hunter2://x/",
  ])
  func `never repeats the source in a refusal`(uri: String) throws {
    let refusal = try #require(refusal(try policy("https://a.test").decide(uri)))
    #expect(!refusal.description.contains("hunter2"))
  }
}
