import Fetching
import Testing

@Suite struct `An internet address` {
  @Test(arguments: [
    ("8.8.8.8", InternetAddress.Reach.everywhere), ("127.0.0.1", .loopback),
    ("127.255.1.2", .loopback), ("10.0.0.1", .privateNetwork), ("172.16.0.1", .privateNetwork),
    ("172.31.255.255", .privateNetwork), ("172.32.0.1", .everywhere),
    ("192.168.1.1", .privateNetwork), ("100.64.0.1", .privateNetwork),
    ("100.100.100.200", .metadata), ("169.254.169.254", .metadata), ("169.254.1.1", .linkLocal),
    ("168.63.129.16", .metadata), ("0.0.0.0", .special), ("0.1.2.3", .special),
    ("192.0.2.1", .special), ("198.18.0.1", .special), ("203.0.113.9", .special),
    ("224.0.0.1", .special), ("255.255.255.255", .special), ("::1", .loopback), ("::", .special),
    ("fe80::1", .linkLocal), ("fd00::1", .privateNetwork), ("fd00:ec2::254", .metadata),
    ("2606:4700::1111", .everywhere), ("2001:db8::1", .special), ("2002:7f00:1::", .special),
    ("2001::1", .special), ("::ffff:127.0.0.1", .loopback), ("::ffff:8.8.8.8", .everywhere),
    ("::ffff:169.254.169.254", .metadata), ("64:ff9b::a00:1", .privateNetwork),
    ("::127.0.0.1", .special), ("ff02::1", .special), ("3fff::1", .special),
  ])
  func `knows from where it can be reached`(text: String, reach: InternetAddress.Reach) throws {
    #expect(try #require(InternetAddress(text)).reach == reach)
  }

  @Test(arguments: [
    "127.1", "0x7f.0.0.1", "2130706433", "127.0.0.1.", "0177.0.0.1", "", "1.2.3.256", "fe80::1%lo",
    "[::1]", "a.b.c.d", "1.2.3.4\u{0}", " 1.2.3.4",
  ])
  func `has one spelling`(text: String) {
    #expect(InternetAddress(text) == nil)
  }

  @Test func `is written as usual`() throws {
    #expect(InternetAddress("2001:DB8:0:0::1")?.text == "2001:db8::1")
    #expect(InternetAddress(bytes: [192, 168, 0, 1])?.text == "192.168.0.1")
    #expect(InternetAddress(bytes: [1, 2, 3]) == nil)
  }

  @Test func `comes from the resolver`() throws {
    #expect(try Resolver.addresses(of: "127.0.0.1").map(\.text) == ["127.0.0.1"])
    #expect(throws: FetchError.self) { try Resolver.addresses(of: "no such name.invalid") }
  }
}
