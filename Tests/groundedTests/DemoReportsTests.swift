import Phantoms
import Testing

@testable import grounded

@Suite struct `The demonstration's reports` {
  @Test func `state what is drawn, and where each can be seen`() {
    let boxes = DemoReports.samples.map { $0.film.findings.map { $0.boxes.count } }
    #expect(boxes == [[1], [2, 1, 1], [1], []])
    for sample in DemoReports.samples {
      let sentences = ReportText(sample.findings + "\n" + sample.impression).sentences
      #expect(sentences.count >= 4)
    }
  }
}
