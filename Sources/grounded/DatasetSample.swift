internal import Datasets
internal import Evaluation
internal import Glibc

/// The sentences of a manifest that are evaluated, and the films that they speak of.
struct DatasetSample {
  /// A film with the places of its sentences in `entries`.
  struct Film {
    let path: String
    var sentences: [Int]
  }

  /// Why there is nothing to evaluate.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let manifest: String
  let entries: [ManifestEntry]
  /// In the order of their first sentences.
  let films: [Film]
  /// The lines of a truth file.
  let truthLines: [UInt8]
  /// The same as it would be read.
  let truth: TruthSet

  init(_ choices: ModelChoices) throws {
    manifest = choices.manifest
    let all = try Manifest.read(path: manifest)
    for name in choices.leftOut where !all.contains(where: { $0.has(name) }) {
      throw Failure(
        description: "--leave-out: nothing in \(manifest) has the data set or category “\(name)”.")
    }
    entries = all.filter { entry in
      (choices.split.map { $0 == entry.split } ?? true)
        && !choices.leftOut.contains { entry.has($0) }
    }
    guard !entries.isEmpty else {
      let split = choices.split.map { " of split “\($0.rawValue)”" } ?? ""
      throw Failure(
        description: "\(manifest) has no sentence\(split) to evaluate. Name another split or file.")
    }
    films = Self.films(entries, manifest)
    (truthLines, truth) = try Self.truth(entries, manifest)
  }

  /// Makes sure, before the work, that films are there.
  func check(_ films: [Film]) throws(Failure) {
    let absent = films.filter { access($0.path, R_OK) != 0 }
    guard let first = absent.first else { return }
    let others = absent.count > 1 ? ", and \(absent.count - 1) others" : ""
    throw Failure(
      description: "\(manifest) names \(first.path) (“\(entries[first.sentences[0]].id)”), which "
        + "is absent or not ours to read\(others). Paths are seen from the manifest's folder.")
  }

  private static func films(_ entries: [ManifestEntry], _ manifest: String) -> [Film] {
    var films: [Film] = []
    var places: [String: Int] = [:]
    for (index, entry) in entries.enumerated() {
      let path = entry.imagePath(manifest: manifest)
      if let place = places[path] {
        films[place].sentences.append(index)
      } else {
        places[path] = films.count
        films.append(Film(path: path, sentences: [index]))
      }
    }
    return films
  }

  private static func truth(
    _ entries: [ManifestEntry], _ manifest: String
  ) throws(Failure) -> ([UInt8], TruthSet) {
    var (lines, truth): ([UInt8], TruthSet) = ([], TruthSet())
    for (index, entry) in entries.enumerated() {
      let boxes = entry.fractions.map { Rectangle($0) }
      let line = PhraseFiles.line(id: entry.id, boxes: boxes, category: entry.category)
      do { try truth.add(line: line, number: index + 1) } catch {
        throw Failure(description: "\(manifest), “\(entry.id)”: \(error)")
      }
      lines += line + [UInt8(ascii: "\n")]
    }
    return (lines, truth)
  }
}

extension ManifestEntry {
  /// True when that is the name of its data set or of its category.
  fileprivate func has(_ name: String) -> Bool { dataset == name || category == name }
}
