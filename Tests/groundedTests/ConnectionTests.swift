import Testing

@testable import grounded

@Suite struct `The connection string` {
  @Test(arguments: [
    ("host=/run dbname=g", "host=/run dbname=g password='it\\'s\\\\ 1%'"),
    ("postgresql://u@h/g", "postgresql://u@h/g?password=it%27s%5C%201%25"),
    ("postgresql://h/g?user=u", "postgresql://h/g?user=u&password=it%27s%5C%201%25"),
  ])
  func `has the password in its own spelling`(uri: String, connection: String) throws {
    var configuration = Configuration()
    try configuration.apply(assignments: ["postgres.uri=\(uri)"])
    #expect(try configuration.connection() == uri)
    try configuration.apply(assignments: ["postgres.password=it's\\ 1%"])
    #expect(try configuration.connection() == connection)
  }
}
