/// A table for people: the first column names a row, all others are numbers.
struct TextTable {
  /// How it is written.
  enum Format: String, CaseIterable {
    case table, markdown, latex
  }

  var title: String
  var columns: [String]
  var rows: [[String]]

  /// With a line feed at the end.
  func text(_ format: Format) -> String {
    switch format {
    case .table: plain
    case .markdown: markdown
    case .latex: latex
    }
  }

  /// As part of a page.
  var html: String {
    func row(_ cells: [String], _ name: String) -> String {
      "<tr>" + cells.map { "<\(name)>\(escaped($0))</\(name)>" }.joined() + "</tr>"
    }
    return "<h2>\(escaped(title))</h2><div class=wide><table><thead>\(row(columns, "th"))</thead>"
      + "<tbody>\(rows.map { row($0, "td") }.joined())</tbody></table></div>"
  }

  private var plain: String {
    let widths = columns.indices.map { column in
      ([columns] + rows).map { $0[column].count }.max() ?? 0
    }
    let lines = ([columns] + rows).map { cells in
      let padded = cells.enumerated().map { index, cell in
        let gap = String(repeating: " ", count: widths[index] - cell.count)
        return index == 0 ? cell + gap : gap + cell
      }
      return "  " + padded.joined(separator: "  ") + "\n"
    }
    return title + "\n" + lines.joined()
  }

  private var markdown: String {
    func line(_ cells: [String]) -> String {
      let safe = cells.map { $0.replacing("|", with: "\\|") }
      return "| " + safe.joined(separator: " | ") + " |\n"
    }
    let rule = "|---" + String(repeating: "|---:", count: columns.count - 1) + "|\n"
    return "**\(title)**\n\n" + line(columns) + rule + rows.map(line).joined()
  }

  private var latex: String {
    func line(_ cells: [String]) -> String {
      "  " + cells.map(Self.escapedForLaTeX).joined(separator: " & ") + " \\\\\n"
    }
    return "% \(title)\n\\begin{tabular}{l\(String(repeating: "r", count: columns.count - 1))}\n"
      + "  \\hline\n" + line(columns) + "  \\hline\n" + rows.map(line).joined()
      + "  \\hline\n\\end{tabular}\n"
  }

  private static func escapedForLaTeX(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\textbackslash{}"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(character)"
      case "≥": result += "$\\ge$"
      case "–": result += "--"
      default: result.append(character)
      }
    }
    return result
  }
}

/// The number with so many decimals; a dash where there is none.
func fixed(_ value: Double?, decimals: Int = 1) -> String {
  guard let value else { return "–" }
  let scale = (0..<decimals).reduce(1) { power, _ in power * 10 }
  let scaled = Int((abs(value) * Double(scale)).rounded())
  let fraction = String(scaled % scale)
  let zeros = String(repeating: "0", count: decimals - fraction.count)
  return (value < 0 && scaled > 0 ? "-" : "") + "\(scaled / scale).\(zeros)\(fraction)"
}
