internal import Seeds

/// Words by rules that call each other, drawn anew each time.
///
/// In a template `(a|b)` is one of several, also `(|b)`; `[a]` is there or not; `{name}` is what
/// the rule of that name gives.
struct Grammar: Sendable {
  private let rules: [String: Node]

  /// - Parameter rules: templates by name.
  init(_ rules: [String: String]) {
    self.rules = rules.mapValues { Node($0) }
  }

  /// This grammar with rules added, or others in their place.
  func with(_ more: [String: String]) -> Grammar {
    Grammar(nodes: rules.merging(more.mapValues { Node($0) }) { $1 })
  }

  private init(nodes: [String: Node]) { rules = nodes }

  /// One of the texts that the template stands for, with single spaces.
  func text(_ template: String, using random: inout SeededNumbers) -> String {
    var text = ""
    append(Node(template), to: &text, using: &random)
    return text.split(separator: " ").joined(separator: " ")
  }

  private func append(_ node: Node, to text: inout String, using random: inout SeededNumbers) {
    switch node {
    case .text(let words): text += words
    case .sequence(let nodes): for node in nodes { append(node, to: &text, using: &random) }
    case .choice(let nodes): append(random.pick(nodes), to: &text, using: &random)
    case .rule(let name):
      guard let rule = rules[name] else { preconditionFailure("no rule {\(name)}") }
      append(rule, to: &text, using: &random)
    }
  }
}

/// A template, taken apart.
private indirect enum Node: Sendable {
  case text(String)
  case sequence([Node])
  case choice([Node])
  case rule(String)

  init(_ template: String) {
    var rest = Array(template.utf8)[...]
    self = Self.alternatives(&rest)
    precondition(rest.isEmpty, "“\(template)” closes more than it opens")
  }

  private static func alternatives(_ rest: inout ArraySlice<UInt8>) -> Node {
    var nodes = [sequence(&rest)]
    while rest.first == UInt8(ascii: "|") {
      rest.removeFirst()
      nodes.append(sequence(&rest))
    }
    return nodes.count == 1 ? nodes[0] : .choice(nodes)
  }

  private static func sequence(_ rest: inout ArraySlice<UInt8>) -> Node {
    var nodes: [Node] = []
    while let first = rest.first {
      switch first {
      case UInt8(ascii: "|"), UInt8(ascii: ")"), UInt8(ascii: "]"):
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
      case UInt8(ascii: "("): nodes.append(bracketed(&rest, until: ")"))
      case UInt8(ascii: "["): nodes.append(.choice([.text(""), bracketed(&rest, until: "]")]))
      case UInt8(ascii: "{"):
        let name = rest.dropFirst().prefix { $0 != UInt8(ascii: "}") }
        nodes.append(.rule(String(decoding: name, as: UTF8.self)))
        rest = rest.dropFirst(name.count + 2)
      default:
        let words = rest.prefix { !marks.contains($0) }
        nodes.append(.text(String(decoding: words, as: UTF8.self)))
        rest = rest.dropFirst(words.count)
      }
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private static let marks = Array("([{|)]".utf8)

  private static func bracketed(
    _ rest: inout ArraySlice<UInt8>, until end: Unicode.Scalar
  ) -> Node {
    rest.removeFirst()
    let node = alternatives(&rest)
    precondition(rest.first == UInt8(ascii: end), "a template lacks “\(end)”")
    rest.removeFirst()
    return node
  }
}
