/// Chooses, of the regions that a sentence was mapped to, those that it most specifically means.
///
/// The hierarchy of `Anatomy` answers where no chooser is asked, and where the answer is none.
public protocol RegionChooser: Sendable {
  /// - Parameter regions: two or more names of Chest ImaGenome, each once.
  /// - Returns: some of them. An empty list and one with any other name are not taken.
  /// - Throws: when there will be no answer to this nor to other questions; curation ends then.
  func choose(from regions: [String], for sentence: String) async throws -> [String]
}
