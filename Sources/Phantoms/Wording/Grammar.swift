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
  func text(_ template: String, using random: inout SeededRandom) -> String {
    var text = ""
    append(Node(template), to: &text, using: &random)
    return text.split(separator: " ").joined(separator: " ")
  }

  private func append(_ node: Node, to text: inout String, using random: inout SeededRandom) {
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
    var rest = Substring(template)
    self = Self.alternatives(&rest)
    precondition(rest.isEmpty, "“\(template)” closes more than it opens")
  }

  private static func alternatives(_ rest: inout Substring) -> Node {
    var nodes = [sequence(&rest)]
    while rest.first == "|" {
      rest.removeFirst()
      nodes.append(sequence(&rest))
    }
    return nodes.count == 1 ? nodes[0] : .choice(nodes)
  }

  private static func sequence(_ rest: inout Substring) -> Node {
    var nodes: [Node] = []
    while let first = rest.first, !"|)]".contains(first) {
      switch first {
      case "(": nodes.append(bracketed(&rest, until: ")"))
      case "[": nodes.append(.choice([.text(""), bracketed(&rest, until: "]")]))
      case "{":
        nodes.append(.rule(String(rest.dropFirst().prefix { $0 != "}" })))
        rest = rest.drop { $0 != "}" }.dropFirst()
      default:
        nodes.append(.text(String(rest.prefix { !"([{|)]".contains($0) })))
        rest = rest.drop { !"([{|)]".contains($0) }
      }
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private static func bracketed(_ rest: inout Substring, until end: Character) -> Node {
    rest.removeFirst()
    let node = alternatives(&rest)
    precondition(rest.first == end, "a template lacks “\(end)”")
    rest.removeFirst()
    return node
  }
}
