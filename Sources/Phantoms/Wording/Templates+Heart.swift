/// The heart is too large.
let heartTemplates = [
  "cardiomegaly", "{degree} cardiomegaly", "{course} cardiomegaly", "{doubt} cardiomegaly",
  "(the heart|the cardiac silhouette|heart|the cardiac shadow) is [{degree}ly ]{enlarged}",
  "{degree} {enlargement} of the (heart|cardiac silhouette|cardiac shadow)",
  "(enlarged|prominent|big|large) (heart|cardiac silhouette|cardiac contour|heart shadow)",
  "(heart size|cardiac size|the cardiothoracic ratio) is (increased|enlarged|above normal)",
  "{there} {degree} cardiomegaly", "(cardiac|heart) {enlargement}[,] {degree}",
  "(the heart|heart|cardiac silhouette) (appears|looks|remains) {enlarged}",
  "(increased|enlarged) (heart size|cardiothoracic ratio|transverse cardiac diameter)",
  "cardiomegaly (is|remains) (unchanged|stable|present|again seen|noted)",
].map {
  $0.replacing("{enlarged}", with: "(enlarged|prominent|dilated|borderline enlarged|big)")
    .replacing("{enlargement}", with: "(enlargement|dilatation|prominence)")
    .replacing("{degree}ly", with: "(mildly|moderately|severely|markedly|slightly|grossly)")
}

/// The mediastinum is too wide.
let mediastinumTemplates = [
  "(widened|wide|broad|prominent) [superior|upper] mediastinum",
  "(widening|prominence|enlargement) of the [superior|upper] (mediastinum|mediastinal contour)",
  "(the|) [superior|upper] (mediastinum|mediastinal contour) is (widened|prominent|wide|broad)",
  "(the mediastinum|mediastinum) (appears|looks|remains) (widened|prominent|wide|enlarged)",
  "{degree} mediastinal (widening|enlargement|prominence)", "mediastinal (widening|enlargement)",
  "{there} [{degree}] widening of the mediastinum", "{doubt} mediastinal (widening|mass)",
]
