internal import Boxes
internal import Datasets
internal import FoundationEssentials
internal import GroundingModel
internal import GroundingService
internal import Images
internal import Tensors

/// Asks a network about the sentences of a data set, as the daemon would. A film is decoded and
/// encoded once for all its sentences.
struct DatasetGrounder {
  /// Why a film cannot be used.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let checkpoint: Checkpoint
  /// Whose outputs they are.
  let key: OutputCache.Key
  /// Sentences that the daemon would skip, having too many tokens.
  private(set) var skipped: Set<String> = []
  private let choices: ModelChoices
  private let console: Console
  private let cache: OutputCache?

  init(_ choices: ModelChoices, showingOn console: Console) throws {
    self.choices = choices
    self.console = console
    checkpoint = try choices.weights.map { try Checkpoint(path: $0) } ?? BuiltInNetwork.checkpoint()
    if [choices.precision, choices.rival].contains(.int8) {
      _ = try BackboneRanges(of: checkpoint)  // says so now if there are none, not after the work
    }
    key = OutputCache.Key(
      weights: try checkpoint.sha256(),
      tokenizer: try choices.tokenizer.map { try Self.digest($0) } ?? "",
      manifest: try Self.digest(choices.manifest))
    cache = try choices.cache.map { [key] path in try OutputCache(path: path, key: key) }
  }

  /// What the network says of each sentence of the sample; nil where it is not asked.
  mutating func outputs(
    for sample: DatasetSample, in precision: Precision
  ) throws -> [QueryOutputs?] {
    var answers = sample.entries.map { cache?.outputs(of: $0.id, in: precision) }
    let missing = sample.films.compactMap { film in
      let rest = film.sentences.filter { answers[$0] == nil }
      return rest.isEmpty ? nil : DatasetSample.Film(path: film.path, sentences: rest)
    }
    guard !missing.isEmpty else { return answers }
    try sample.check(missing)
    let tokenizer =
      try choices.tokenizer.map { try Tokenizer(file: URL(filePath: $0)) }
      ?? Tokenizer(of: checkpoint)
    guard let tokenizer else { throw UsageError.missingOption("tokenizer") }
    try tokenizer.check(against: checkpoint.configuration)
    let network = try MedGrounder(checkpoint, threads: choices.threads, precision: precision)
    let meter = ProgressMeter(console)
    defer { meter.end() }
    var done = answers.count { $0 != nil }
    for film in missing {
      meter.show(
        done: Int64(done), of: Int64(answers.count), unit: "sentences in \(precision.rawValue)")
      let found = try ask(network, film, of: sample, tokenizer)
      try cache?.keep(
        found.map { (sample.entries[$0.sentence].id, $0.outputs) }, in: precision)
      for (sentence, outputs) in found { answers[sentence] = outputs }
      done += film.sentences.count
    }
    return answers
  }

  private mutating func ask(
    _ network: MedGrounder, _ film: DatasetSample.Film, of sample: DatasetSample,
    _ tokenizer: Tokenizer
  ) throws -> [(sentence: Int, outputs: QueryOutputs)] {
    let picture = try Self.picture(film.path, of: film.sentences.map { sample.entries[$0] })
    let input = NetworkInput(
      picture, options: PreparationOptions(side: network.configuration.side))
    var (asked, tokens): ([Int], [[Int32]]) = ([], [])
    for sentence in film.sentences {
      let ids = tokenizer.encode(sample.entries[sentence].sentence).ids
      if ids.count <= SentencePlan.tokensMax {
        asked.append(sentence)
        tokens.append(ids)
      } else {
        skipped.insert(sample.entries[sentence].id)
      }
    }
    let answers = try network.ground([GroundingRequest(input, sentences: tokens)])[0]
    return zip(asked, answers).map { ($0, $1) }
  }

  /// The picture of a film, which has to have the size that the manifest says.
  static func picture(_ path: String, of entries: [ManifestEntry]) throws -> Picture {
    let picture: Picture
    do {
      var reader = try LineReader(path: path)
      picture = try Picture.decode(try reader.rest())
    } catch {
      throw Failure(description: "\(path): \(error)")
    }
    for entry in entries where (entry.width, entry.height) != (picture.width, picture.height) {
      throw Failure(
        description: "\(path) has \(picture.width)×\(picture.height) pixels, and its manifest says "
          + "\(entry.width)×\(entry.height) (“\(entry.id)”). One of them is wrong.")
    }
    return picture
  }

  private static func digest(_ path: String) throws -> String {
    do { return try MappedFile(path: path).sha256() } catch {
      throw Failure(description: "\(path) cannot be read: \(error)")
    }
  }
}
