internal import JSON

/// Parses JSON after a look at how much of it there is, since a small message can hold a great many
/// values: each takes about a hundred bytes of memory, whatever its own length.
func boundedJSON(_ bytes: [UInt8], limits: ReportLimits) throws(Rejection) -> JSON {
  let extent = extentOfJSON(bytes)
  guard extent.nesting <= limits.nestingMax else {
    throw Rejection(
      .tooComplex, at: .read,
      "arrays and objects nest \(extent.nesting) levels deep; at most \(limits.nestingMax) are read"
    )
  }
  guard extent.values <= limits.valuesMax else {
    throw Rejection(
      .tooComplex, at: .read,
      "the message holds about \(extent.values) values; at most \(limits.valuesMax) are read")
  }
  do {
    return try JSON(parsing: bytes)
  } catch {
    throw Rejection(.notJSON, at: .read, error.description)
  }
}

/// An upper bound of the values and the depth of what may be JSON; exact for what is.
func extentOfJSON(_ bytes: [UInt8]) -> (values: Int, nesting: Int) {
  var values = 1
  var depth = 0
  var nesting = 0
  var isText = false
  var isEscaped = false
  for byte in bytes {
    if isText {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isText = false
      }
      continue
    }
    switch byte {
    case UInt8(ascii: "\""): isText = true
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      values += 1
      depth += 1
      nesting = max(nesting, depth)
    case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
    case UInt8(ascii: ","): values += 1
    default: break
    }
  }
  return (values, nesting)
}
