internal import Datasets
internal import GroundingModel
internal import JSON
internal import Phantoms
internal import Reports
internal import Tensors

/// Reports that come one after the other, each with an image of its own; sentences repeat as they do in
/// the texts.
struct StreamWork: Sendable {
  /// Tokens of the sentences of each report.
  let reports: [[[Int32]]]
  /// Of one plane, as most films are.
  private let samples: [UInt8]

  /// - Parameters:
  ///   - texts: sentences of reports; they begin again when they are used up.
  ///   - count: of reports.
  init(
    texts: [[String]], count: Int, tokenizer: Tokenizer, configuration: ModelConfiguration
  ) {
    let encoded = texts.map { sentences in
      sentences.map { sentence in
        // The marks of the network, which another tokenizer's need not be.
        [Int32(configuration.startToken)] + tokenizer.encode(sentence).ids.dropFirst().dropLast()
          + [Int32(configuration.endToken)]
      }
    }
    reports = (0..<count).map { encoded[$0 % encoded.count] }
    samples = ModelBenchmark.samples(configuration)
  }

  /// A report as the network takes it; its image is another one's, turned on by some samples.
  func request(_ number: Int) -> GroundingRequest {
    let cut = number * 7_919 % samples.count
    return GroundingRequest(
      pixels: .samples(Array(samples[cut...]) + samples[..<cut], planes: 1),
      sentences: reports[number])
  }

  /// How many sentences there are.
  var sentences: Int { reports.reduce(0) { $0 + $1.count } }

  /// How many of them came before, word for word.
  var repeated: Int { sentences - Set(reports.joined()).count }

  /// For a rival: `{"side", "reports": [[[token…]…]…]}`.
  func json(side: Int) -> JSON {
    let lists = reports.map { report in
      JSON.array(report.map { .array($0.map { .integer(Int64($0)) }) })
    }
    return ["side": .integer(Int64(side)), "reports": .array(lists)]
  }

  /// Sentences of each report of a table with “findings” and “impression”, such as Open-i's; reports
  /// without any are left out.
  static func texts(path: String) throws -> [[String]] {
    try CSVTable(path: path).rows.map { row throws in
      try ["findings", "impression"].flatMap { name throws in
        Sentences.split(try row[name]).filter { !$0.isHeading }.map { $0.text }
      }
    }.filter { !$0.isEmpty }
  }

  /// Sentences about drawn films.
  static func phantoms(_ count: Int) -> [[String]] {
    var options = PhantomDataset.Options()
    options.side = 64
    let data = PhantomDataset(images: count, options: options)
    return (0..<data.count).map { data.film($0).entries.map { $0.sentence } }
  }
}
