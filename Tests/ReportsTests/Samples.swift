import Boxes
import Foundation
import JSON
import Reports
import TestKit
import Testing

/// Messages and results that several suites start from.
enum Samples {
  static func message(_ text: String, headers: [(String, String)] = []) -> RawMessage {
    message(Array(text.utf8), headers: headers)
  }

  static func message(_ value: [UInt8]?, headers: [(String, String)] = []) -> RawMessage {
    RawMessage(
      topic: "reports.generated", partition: 3, offset: 42, key: Array("r-1".utf8), value: value,
      headers: headers.map { (name: $0, value: Array($1.utf8)) })
  }

  static let minimal =
    #"{"report_id":"r-1","images":[{"uri":"file:///a.png"}],"sections":[{"text":"Clear."}]}"#

  static let binaryHeaders = [
    ("ce_specversion", "1.0"), ("ce_id", "e-1"), ("ce_source", "/test"),
    ("ce_type", "report.generated.v1"),
  ]

  static let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  /// What the decoder makes of a message: nil, or the code of the rejection.
  static func code(_ message: RawMessage, limits: ReportLimits = ReportLimits()) -> RejectionCode? {
    do {
      _ = try ReportEvent.decode(message, limits: limits)
      return nil
    } catch {
      return error.code
    }
  }

  static func rejection(_ text: String, headers: [(String, String)] = []) -> Rejection? {
    do {
      _ = try ReportEvent.decode(message(text, headers: headers), limits: ReportLimits())
      return nil
    } catch {
      return error
    }
  }

  static let grounder = GrounderIdentity(
    name: "medgrounder-small", version: "1.0.0", architecture: "medgrounder",
    weightsSHA256: SHA256.hex(of: Array("weights".utf8)), threshold: 0.8, fusionIoU: 0.1,
    precision: "fp32", device: "cpu")

  /// A result with every member in use.
  static func grounded(sentences: Int = 4) throws -> GroundedReport {
    let opacity = BoundingBox(left: 0.25, top: 0.5, right: 0.5, bottom: 0.75)
    let effusion = BoundingBox(left: 0.1, top: 0.6, right: 0.4, bottom: 0.9)
    guard let opacity, let effusion else { throw Failure.noBox }
    let region = Region(
      imageID: "frontal", box: opacity, width: 2_500, height: 3_001, confidence: 0.93,
      fusedQueries: 3)
    let other = Region(
      imageID: "frontal", box: effusion, width: 2_500, height: 3_001, confidence: 0.81,
      fusedQueries: 1)
    let kinds = [
      GroundedSentence(
        text: "Left basal opacity, “new”.", section: "findings", start: 0, end: 26,
        status: .grounded, highestConfidence: 0.97, regions: [region, other],
        generatorBoxes: [effusion]),
      GroundedSentence(
        text: "No pneumothorax.", section: "findings", start: 27, end: 43, status: .none,
        highestConfidence: 0.12, generatorBoxes: []),
      GroundedSentence(
        text: "Compared with \"2.\\5\".\n", status: .skipped,
        reason: GroundedSentence.noFrontalImage),
      GroundedSentence(text: "Ünklar ≥ 3 mm.", status: .failed, reason: "image_not_found"),
    ]
    return GroundedReport(
      reportID: "r-1", study: Study(studyInstanceUID: "1.2.3", accessionNumber: "A1"),
      generator: Generator(name: "MAIRA-2", version: "1.0", mode: "findings"),
      campaign: "live", grounder: grounder,
      source: SourcePosition(topic: "reports.generated", partition: 3, offset: 42),
      sourceEventID: "e-1",
      images: [
        GroundedImage(
          imageID: "frontal", view: "PA", sopInstanceUID: "1.2.3.4",
          sha256: SHA256.hex(of: []), width: 2_500, height: 3_001),
        GroundedImage(imageID: "lateral", view: "LATERAL"),
      ],
      sentences: (0..<sentences).map { kinds[$0 % kinds.count] },
      groundedAt: Date(timeIntervalSince1970: 1_772_357_400.125), traceparent: traceparent)
  }

  enum Failure: Error { case noBox }
}

/// A file of `Topics/examples`, with its headers where a file beside it has some.
struct Example: CustomTestStringConvertible, Sendable {
  let name: String
  let value: [UInt8]
  let headers: [(String, String)]

  var testDescription: String { name }
  var message: RawMessage { Samples.message(value, headers: headers) }
  /// What stands before the first point of an invalid example's name.
  var expectedCode: RejectionCode? {
    name.split(separator: ".").first.flatMap { RejectionCode(rawValue: String($0)) }
  }

  static let folder = Place.repository.appending(path: "Topics/examples")

  static func all(_ path: String) -> [Example] {
    let folder = folder.appending(path: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasSuffix(".headers") }.sorted().compactMap { name in
      guard let value = try? Place.bytes(folder.appending(path: name)) else { return nil }
      let stem = (name as NSString).deletingPathExtension
      let headers = try? String(
        contentsOf: folder.appending(path: stem + ".headers"), encoding: .utf8)
      return Example(name: name, value: value, headers: (headers ?? "").headerLines)
    }
  }
}

extension String {
  /// Lines of `name: value`.
  var headerLines: [(String, String)] {
    split(separator: "\n").compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (String(line[..<colon]), String(line[colon...].dropFirst(2)))
    }
  }
}

extension EncodedMessage {
  func header(_ name: String) -> String? {
    headers.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
  }
}
