/// The words that the rules for sentences know, in lower case and without their last stop.
enum SentenceVocabulary {
  /// Never end a sentence: a name, a number or a comparison follows.
  static let leading: Set<String> = [
    "dr", "drs", "mr", "mrs", "ms", "prof", "st", "mt", "ft", "vs", "approx", "ca", "cf", "viz",
    "i.e", "ie", "e.g", "eg", "incl", "resp", "esp", "s/p", "c/w", "w/o",
  ]

  /// Abbreviations before a number, and words otherwise.
  static let numbering: Set<String> = [
    "no", "nos", "nr", "fig", "figs", "vol", "ch", "sec", "eq", "ref", "p", "pp", "tab", "acc",
  ]

  /// Abbreviations that a sentence may also end with.
  static let either: Set<String> = [
    "a.m", "p.m", "etc", "al", "jr", "sr", "inc", "ltd", "dept", "hosp", "univ", "min", "max",
    "avg", "est", "temp", "wt", "ht", "yr", "yrs", "mo", "mos", "wk", "wks", "hr", "hrs", "in",
    "rt", "lt", "bilat", "ant", "post", "lat", "med", "inf", "sup", "int", "ext", "prox", "dist",
    "abd", "pt", "pts", "hx", "dx", "tx", "rx", "fx", "sx", "f/u", "r/o", "h/o", "y/o", "jan",
    "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mon", "tue",
    "wed", "thu", "fri", "sat", "sun", "tel", "ext",
  ]

  /// Units end sentences, short and without vowels as they are.
  static let units: Set<String> = [
    "mm", "cm", "m", "km", "ml", "dl", "cl", "l", "mg", "g", "kg", "mcg", "hu", "kv", "kvp", "ma",
    "mas", "msv", "mgy", "gy", "hz", "mhz", "fr", "f", "c", "h", "s", "hrs", "pm", "am",
  ]

  /// After a unit and its stop, these go on with the sentence.
  static let measuring: Set<String> = [
    "by", "x", "in", "of", "at", "to", "from", "above", "below", "distal", "proximal", "long",
    "wide", "deep", "and", "or", "per", "beyond", "past", "superior", "inferior",
  ]

  /// Begin sentences so often that a single letter before them ends one.
  static let starters: Set<String> = [
    "the", "there", "this", "these", "that", "those", "it", "its", "no", "not", "a", "an", "in",
    "on", "at", "as", "if", "for", "from", "with", "without", "and", "but", "both", "all", "none",
    "otherwise", "again", "also", "heart", "lung", "lungs", "cardiac", "mediastinal", "pulmonary",
    "pleural", "mild", "moderate", "severe", "small", "large", "stable", "unchanged", "normal",
    "clear", "left", "right", "bilateral", "interval", "increased", "decreased", "new", "old",
    "he", "she", "patient", "compared", "comparison", "findings", "impression", "recommend", "we",
  ]

  /// A name follows: a letter after one of these is an initial.
  static let naming: Set<String> = [
    "by", "by:", "with", "to", "to:", "from", "for", "signed", "md",
  ]

  /// A line that ends with one of these goes on in the next.
  static let connecting: Set<String> = [
    "a", "an", "the", "and", "or", "nor", "but", "of", "in", "on", "at", "to", "by", "for", "from",
    "with", "without", "within", "over", "under", "above", "below", "between", "into", "than",
    "as", "is", "are", "was", "were", "be", "been", "has", "have", "had", "may", "might", "could",
    "no", "not", "any", "this", "that", "these", "those", "which", "who", "if", "per", "via",
    "left", "right", "upper", "lower", "mild", "moderate", "severe", "small", "large", "versus",
    "since", "dated", "compared", "during", "after", "until", "through", "along", "across", "near",
    "about", "around", "against", "toward", "towards", "because", "due", "including", "showing",
    "suggesting", "its", "their", "each", "every", "will", "would", "should", "can", "when",
    "where", "while", "whether", "although",
  ]

  /// A number after one of these is theirs, no list mark.
  static let numbered: Set<String> = [
    "no", "number", "fig", "figure", "image", "series", "slice", "level", "grade", "stage", "type",
    "day", "week", "segment", "zone", "rib", "ribs", "patient", "case", "view", "part", "than",
    "of", "and", "to", "or", "is", "are", "measures", "measuring", "about", "approximately", "in",
    "at", "by", "for", "from", "with", "within", "after", "since", "least", "most", "only", "last",
    "next", "class", "category", "score", "version",
  ]

  /// What follows a stop in the name of a file.
  static let fileEndings: Set<String> = [
    "txt", "pdf", "png", "jpg", "jpeg", "dcm", "tif", "tiff", "csv", "json", "xml", "html", "doc",
    "docx", "com", "org", "net", "edu", "gov",
  ]

  /// The names of a report's sections.
  static let sections: Set<String> = [
    "findings", "finding", "impression", "impressions", "conclusion", "conclusions", "opinion",
    "summary", "comparison", "comparisons", "indication", "indications", "clinical indication",
    "reason for exam", "reason for examination", "reason for study", "technique", "procedure",
    "examination", "exam", "study", "history", "clinical history", "clinical information",
    "findings and impression", "findings/impression", "recommendation", "recommendations",
    "recommendation(s)", "notification", "clinical data", "clinical statement",
    "reason for exam(s)", "reason for the examination", "preliminary report", "report",
    "findings & impression", "addendum", "final report", "wet read", "discussion", "presentation",
    "imaging notes",
  ]
}
