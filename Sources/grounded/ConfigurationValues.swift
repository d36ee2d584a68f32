/// A duration as the configuration writes it: `500ms`, `30s`, `5min`, `2h`.
struct DurationText: CustomStringConvertible {
  let description: String

  init(_ duration: Duration) {
    let milliseconds = Int64(duration / .milliseconds(1))
    description =
      switch milliseconds {
      case let whole where whole % 3_600_000 == 0 && whole > 0: "\(whole / 3_600_000)h"
      case let whole where whole % 60_000 == 0 && whole > 0: "\(whole / 60_000)min"
      case let whole where whole % 1_000 == 0: "\(whole / 1_000)s"
      default: "\(milliseconds)ms"
      }
  }

  /// A whole number and its unit, without a sign; nil for anything else.
  static func parse(_ text: String) -> Duration? {
    guard let (number, unit) = split(text) else { return nil }
    guard number <= 1_000_000_000 else { return nil }
    return switch unit {
    case "ms": .milliseconds(number)
    case "s": .seconds(number)
    case "min": .seconds(number * 60)
    case "h": .seconds(number * 3_600)
    case "d": .seconds(number * 86_400)
    default: nil
    }
  }
}

/// A size in bytes as the configuration writes it: `4096`, `512KiB`, `16MiB`, `2GiB`.
struct SizeText: CustomStringConvertible {
  let description: String

  init(_ bytes: Int) {
    description =
      switch bytes {
      case let whole where whole > 0 && whole % (1 << 30) == 0: "\(whole >> 30)GiB"
      case let whole where whole > 0 && whole % (1 << 20) == 0: "\(whole >> 20)MiB"
      case let whole where whole > 0 && whole % (1 << 10) == 0: "\(whole >> 10)KiB"
      default: "\(bytes)"
      }
  }

  /// A whole number, and `B`, `KiB`, `MiB` or `GiB`; nil for anything else.
  static func parse(_ text: String) -> Int? {
    guard let (number, unit) = split(text) else { return nil }
    let scale: Int
    switch unit {
    case "", "B": scale = 1
    case "KiB": scale = 1 << 10
    case "MiB": scale = 1 << 20
    case "GiB": scale = 1 << 30
    default: return nil
    }
    let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: scale)
    return isTooMuch ? nil : bytes
  }
}

/// `30s` as 30 and “s”; white space may stand between the two.
private func split(_ text: String) -> (number: Int, unit: String)? {
  let digits = text.prefix { $0.isASCII && $0.isNumber }
  guard !digits.isEmpty, let number = Int(digits) else { return nil }
  return (number, String(text.dropFirst(digits.count).drop { $0 == " " }))
}

/// The words of a list.
func words(of list: String) -> [String] {
  list.split { $0 == "," || $0 == " " || $0 == "\t" }.map { String($0) }
}

/// The one of `names` that is most like `name`; nil when none is near.
func nearest(to name: String, of names: [String]) -> String? {
  let distances = names.map { (name: $0, distance: editDistance(name, $0)) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(2, name.count / 3) ? best.name : nil
}

/// How many letters to insert, remove, replace or swap with the next to make one text of the other
/// (optimal string alignment). Texts beyond 100 letters are told apart by their first 100.
func editDistance(_ one: String, _ other: String) -> Int {
  let (a, b) = (Array(one.lowercased().prefix(100)), Array(other.lowercased().prefix(100)))
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      let replaced = rows[i][j] + (a[i] == b[j] ? 0 : 1)
      var least = min(replaced, rows[i][j + 1] + 1, row[j] + 1)
      if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
        least = min(least, rows[i - 1][j - 1] + 1)
      }
      row.append(least)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
