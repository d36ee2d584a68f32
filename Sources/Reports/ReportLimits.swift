/// How much of a message is believed. Everything above is rejected by name.
///
/// The values here are the daemon's defaults, and the numbers in the topic's schema.
public struct ReportLimits: Hashable, Sendable {
  /// Bytes of a message's value.
  public var messageBytesMax = 8 << 20
  /// Levels of arrays and objects within each other.
  public var nestingMax = 64
  /// Values, counting every element and member at every level; bounds the memory of one message.
  public var valuesMax = 250_000
  public var imagesMax = 16
  public var sectionsMax = 64
  /// Sentences of a report, after its sections were split.
  public var sentencesMax = 1_000
  /// Unicode scalars of a sentence.
  public var sentenceCharactersMax = 4_000
  /// A generator's own boxes for one sentence.
  public var boxesMax = 100
  /// Unicode scalars of an id, a name, a version, a view or a header.
  public var nameCharactersMax = 1_024
  /// Unicode scalars of a report's or a study's id: an index entry of PostgreSQL takes 2,704 bytes.
  public var idCharactersMax = 512
  /// Unicode scalars of an image's address.
  public var uriCharactersMax = 8_192

  public init() {}
}
