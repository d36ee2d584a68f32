internal import CLibPQ

/// One session: the owner of libpq's connection and of the statements prepared on it.
struct PostgresConnection: ~Copyable {
  private let handle: OpaquePointer
  /// Names of prepared statements by their text.
  private var prepared: [String: String] = [:]
  private static let preparedMax = 256
  /// Rows on their way: used again and again, so that it stays in the processor's cache.
  private var pack: [UInt8] = []
  private static let packBytes = 1 << 17
  private static let sendBytesMax = 1 << 20

  /// - Parameter handle: an open connection, owned from now on.
  init(owning handle: OpaquePointer) {
    self.handle = handle
    PQsetNoticeProcessor(handle, { _, _ in }, nil)  // a notice may quote a row
  }

  deinit { PQfinish(handle) }

  /// False once the connection is known to be gone.
  var isAlive: Bool { PQstatus(handle) == CONNECTION_OK }

  /// Runs one statement. Its text is prepared the first time.
  mutating func execute(
    _ sql: String, _ values: [PostgresValue]
  ) throws(PostgresError) -> PostgresRows {
    let parameters = try Parameters(values)
    let name = try prepare(sql)
    let result = parameters.withPointers { pointers, lengths, formats in
      PQexecPrepared(handle, name, Int32(values.count), pointers, lengths, formats, 1)
    }
    do throws(PostgresError) {
      return PostgresRows(try check(result, expecting: [PGRES_TUPLES_OK, PGRES_COMMAND_OK]))
    } catch {
      // The plan no longer fits the tables, or a pooler changed the session: prepare it again.
      if error.sqlState == "0A000" || error.sqlState == "26000" { prepared[sql] = nil }
      throw error
    }
  }

  /// Runs statements divided by semicolons, without parameters.
  /// - Returns: the tag of the last one, such as `COMMIT`.
  @discardableResult
  func script(_ sql: String) throws(PostgresError) -> String {
    let result = try check(
      PQexec(handle, sql), expecting: [PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY])
    return String(cString: PQcmdStatus(result.pointer))
  }

  /// Sends rows with COPY, a part after the other.
  /// - Parameter target: table and columns.
  mutating func copy(_ parts: [CopyRows], into target: String) throws(PostgresError) {
    _ = try check(
      PQexec(handle, "COPY \(target) FROM STDIN (FORMAT binary)"), expecting: [PGRES_COPY_IN])
    pack.removeAll(keepingCapacity: true)
    pack += CopyRows.header
    for part in parts {
      pack += part.bytes
      guard pack.count >= Self.packBytes else { continue }
      guard send(pack) else { break }
      pack.removeAll(keepingCapacity: true)
    }
    pack += CopyRows.trailer
    _ = send(pack)
    PQputCopyEnd(handle, nil)
    let answer = PQgetResult(handle)
    while let rest = PQgetResult(handle) { PQclear(rest) }
    _ = try check(answer, expecting: [PGRES_COMMAND_OK])
  }

  /// False when the connection is gone, which the next answer explains.
  private func send(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { buffer in
      stride(from: 0, to: buffer.count, by: Self.sendBytesMax).allSatisfy { start in
        let count = min(Self.sendBytesMax, buffer.count - start)
        let pointer = (buffer.baseAddress! + start).assumingMemoryBound(to: CChar.self)
        return PQputCopyData(handle, pointer, Int32(count)) == 1
      }
    }
  }

  /// The name of the prepared statement; empty for the unnamed one, once there are too many.
  private mutating func prepare(_ sql: String) throws(PostgresError) -> String {
    if let name = prepared[sql] { return name }
    let name = prepared.count < Self.preparedMax ? "s\(prepared.count)_\(sql.utf8.count)" : ""
    _ = try check(PQprepare(handle, name, sql, 0, nil), expecting: [PGRES_COMMAND_OK])
    if !name.isEmpty { prepared[sql] = name }
    return name
  }

  private func check(
    _ pointer: OpaquePointer?, expecting expected: [ExecStatusType]
  ) throws(PostgresError) -> PostgresResult {
    guard let pointer else { throw lost() }
    let result = PostgresResult(owning: pointer)
    let status = PQresultStatus(pointer)
    if expected.contains(where: { $0 == status }) { return result }
    let state = PQresultErrorField(pointer, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
    let message = PQresultErrorField(pointer, Int32(UInt8(ascii: "M")))
      .map { String(cString: $0) }
    if let state { throw .refusal(state, message ?? "no message") }
    // An error without a state is libpq's own: it has lost the server, or the thread.
    if status == PGRES_FATAL_ERROR || !isAlive { throw lost() }
    throw .unexpectedAnswer("status \(status.rawValue)")
  }

  private func lost() -> PostgresError {
    .connectionLost(reason: firstLine(String(cString: PQerrorMessage(handle))))
  }
}

extension Parameters {
  fileprivate func withPointers<Result>(
    _ body: (
      UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
    ) -> Result
  ) -> Result {
    bytes.withUnsafeBytes { buffer in
      let pointers = starts.map { start in
        start.flatMap { start in
          buffer.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) }
        }
      }
      return pointers.withUnsafeBufferPointer { pointers in
        lengths.withUnsafeBufferPointer { lengths in
          formats.withUnsafeBufferPointer { formats in
            body(pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
          }
        }
      }
    }
  }
}

/// Messages of libpq end with a line break, and may go on with hints.
func firstLine(_ message: String) -> String {
  message.split(separator: "\n").first.map { String($0) } ?? "no reason given"
}
