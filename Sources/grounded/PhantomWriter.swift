internal import Datasets
internal import Phantoms

/// Draws the films of a data set on several threads and writes them with their manifests.
struct PhantomWriter {
  let dataset: PhantomDataset
  let folder: OutputFolder
  let threads: Int

  /// Manifests come last: where they are, all images are.
  func write(showing progress: ProgressMeter) async throws -> [ManifestEntry] {
    let images = try OutputFolder(folder.path("images"))
    let (dataset, threads) = (dataset, threads)
    var parts: [Int: [ManifestEntry]] = [:]
    try await withThrowingTaskGroup(of: [Int: [ManifestEntry]].self) { group in
      for first in 0..<threads {
        group.addTask {
          var parts: [Int: [ManifestEntry]] = [:]
          for number in stride(from: first, to: dataset.count, by: threads) {
            try Task.checkCancellation()
            let film = dataset.film(number)
            try OutputFile(images.path(film.name)).write(film.png)
            parts[number] = film.entries
            progress.show(done: Int64(number), of: Int64(dataset.count), unit: "films")
          }
          return parts
        }
      }
      for try await part in group { parts.merge(part) { $1 } }
    }
    progress.end()
    let entries = (0..<dataset.count).flatMap { parts[$0] ?? [] }
    for split in ManifestEntry.Split.allCases {
      try OutputFile(folder.path("\(split.rawValue).jsonl"))
        .write(Manifest.bytes(entries.filter { $0.split == split }))
    }
    return entries
  }
}
