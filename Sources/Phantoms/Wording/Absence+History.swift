extension Absence {
  /// Who the patient is, what ails him, and when the film was taken: words that no region shows.
  static let history =
    [
      "{who}", "{who} with {ails}", "{who}, {tested}", "{who} presenting with {ails}",
      "{who} {admitted} (with|for|because of) {ails}", "{ails}", "{ails} and {ails}",
      "{ails}, {ails}[,] and {ails}", "{ails} (for|since) {span}", "{span} of {ails}",
      "{span} history of {ails}[, {ails}] [and {ails}]", "history of {past}",
      "(history|clinical history|indication|reason for examination|presentation|clinical data)"
        + ": [{who} with] {ails}[, {ails}]",
      "(known|previous|past|recent) {past}", "no (relevant|known|significant) (medical|) history",
      "no past medical history", "past medical history of {past} [and {past}]", "{tested}",
      "{who} had a history of {past}", "{admitted} (with|for|because of) {ails}",
      "the patient (was|is) {state}", "{state}", "{state} and {state}", "{state} with {ails}",
      "{pain}", "{pain} (with|and|since {span}, with) {ails}", "{ails} and {pain}",
      "patient {number}[, day {number}]", "{film} of patient {number}[, {date}] [({day})]",
      "{film}, {date} [({day})]", "{film} [obtained] [on] {day}", "day {number} [of admission]",
      "{film} [obtained] on (admission|{date})", "{film} taken {number} days after admission",
      "evaluate for {past}", "rule out {past}", "(query|question of|?) {past}",
      "(status|) after (surgery|trauma|a fall|a road accident|intubation|thoracotomy)",
      "treated with (antibiotics|oxygen|steroids|diuretics) [for {span}]", "lateral {film}",
      "(the patient|he|she) (improved|recovered|deteriorated|was discharged|died) {after}",
      "(laboratory|blood) tests (showed|revealed) {labs}", "{labs}", "{ails} and {labs}",
    ].map(filled)

  private static let parts: [(name: String, words: String)] = [
    (
      "{who}",
      "(a|an|) (elderly|young|middle-aged|{age}-year-old|{age} year old|{age} y/o)"
        + " (man|woman|male|female|patient|lady|gentleman|smoker)"
    ),
    ("{age}", "(19|24|31|37|42|48|53|56|60|64|67|71|75|78|83|88)"),
    (
      "{ails}",
      "([dry|productive|persistent|chronic] cough|[high grade|low grade|high] fever|dyspnea"
        + "|shortness of breath|worsening dyspnea|chills|night sweats|weight loss|fatigue|malaise"
        + "|myalgia|sore throat|hemoptysis|wheezing|hypoxia|tachypnea|confusion|vomiting|syncope"
        + "|pyrexia|headache|increased work of breathing|respiratory distress|palpitations)"
    ),
    (
      "{pain}",
      "(left|right|left-sided|right-sided|pleuritic|central|severe) (chest|back|shoulder|flank) pain"
        + "|pain (in|on) the (left|right) side [of the chest]"
    ),
    (
      "{past}",
      "(asthma|diabetes|hypertension|smoking|heart failure|laryngeal carcinoma|breast cancer"
        + "|HIV infection|renal failure|stroke|COPD|coronary artery disease|tuberculosis"
        + "|alcohol abuse|lymphoma|kidney transplant|pneumonia|epilepsy|pulmonary embolism)"
    ),
    (
      "{tested}",
      "(covid-19|COVID-19|SARS-CoV-2|influenza|HIV|tuberculin|PCR) [test] (positive|negative|pending)"
    ),
    (
      "{state}",
      "(febrile|afebrile|tachypneic|hypoxic|hypotensive|intubated and sedated|stable|septic|unwell"
        + "|asymptomatic|dyspneic|tachycardic|unconscious|in the intensive care unit)"
    ),
    (
      "{labs}",
      "(elevated|raised|high|normal|low) (C-reactive protein|CRP|white cell count|troponin|BNP"
        + "|D-dimer|lactate|oxygen saturation|inflammatory markers|hemoglobin)"
    ),
    ("{admitted}", "(admitted [to (hospital|the ward|the ICU)]|referred [to our hospital]|seen)"),
    ("{span}", "(two|three|four|five|2|3|4|5|7|10|several) (days|weeks)|four-day|a week|one month"),
    ("{after}", "(after|within|over) (two|three|{number}) (days|weeks)"),
    ("{day}", "(illness day|hospital day|day|postoperative day) {number}"),
    (
      "{date}",
      "{number} (January|February|March|April|July|October|December) [20(07|12|16|19|20|23)]"
    ),
    ("{number}", "(1|2|3|4|5|6|7|8|9|10|11|12|13|14|18|21|22|27|30)"),
    (
      "{film}",
      "[PA|AP|posteroanterior|anteroposterior|portable|frontal|supine|follow-up|initial|baseline]"
        + " (chest radiograph|radiograph|chest x-ray|chest film|film)"
    ),
  ]

  /// With each of the parts in its place; later ones may be parts of earlier ones.
  private static func filled(_ template: String) -> String {
    parts.reduce(template) { $0.replacing($1.name, with: "(\($1.words))") }
  }
}
