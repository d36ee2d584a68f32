/// How many values some JSON holds at most; exact for what is JSON.
///
/// Each takes about a hundred bytes of memory, whatever its own length, so they are counted before a tree is
/// made of them.
func valuesOfJSON(_ bytes: [UInt8]) -> Int {
  var values = 1
  var isText = false
  var isEscaped = false
  for byte in bytes {
    if isText {
      isText = isEscaped || byte != UInt8(ascii: "\"")
      isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
      continue
    }
    switch byte {
    case UInt8(ascii: "\""): isText = true
    case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","): values += 1
    default: break
    }
  }
  return values
}
