internal import JSON

/// One turn of a conversation with a language model.
public struct ChatMessage: Hashable, Sendable {
  public enum Role: String, Hashable, Sendable {
    case system, user, assistant
  }

  public let role: Role
  public let content: String

  public init(_ role: Role, _ content: String) {
    self.role = role
    self.content = content
  }

  var json: JSON { ["role": .string(role.rawValue), "content": .string(content)] }
}
