/// A language model as judge, as RadFact has it: one question for each sentence and direction.
public struct LanguageModelJudge: Judge {
  private let model: ChatModel
  private let prompt: JudgePrompt

  public init(_ model: ChatModel, prompt: JudgePrompt) {
    self.model = model
    self.prompt = prompt
  }

  public var name: String { model.endpoint.model }

  public func verdict(on query: EntailmentQuery) async throws(JudgeError) -> Entailment {
    Entailment(answer: try await model.answer(to: prompt.messages(asking: query)), to: query)
  }
}
