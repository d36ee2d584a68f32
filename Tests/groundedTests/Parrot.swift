import JSON
import TestKit

/// A language model that finds a sentence borne out where the reference repeats it.
///
/// It says “Gibberish.” where that is the sentence, and refuses “Endless.”, as one too long for it.
func parrot() throws -> TestServer {
  try TestServer { request in
    guard let body = try? JSON(parsing: request.body),
      let content = body["messages"]?.array?.last?["content"]?.string,
      let query = try? JSON(parsing: content), let hypothesis = query["hypothesis"],
      hypothesis != "Endless."
    else { return TestServer.answer(400) }
    if hypothesis == "Gibberish." { return completion("I cannot say.") }
    let isThere = query["reference"]?.array?.contains(hypothesis) == true
    let answer: JSON = [
      "phrase": hypothesis, "status": isThere ? "entailment" : "not_entailment",
      "evidence": isThere ? [hypothesis] : [],
    ]
    return completion(answer.text)
  }
}

private func completion(_ content: String) -> [TestServer.Step] {
  let body: JSON = ["choices": [["message": ["content": .string(content)]]]]
  return TestServer.answer(200, body.bytes)
}
