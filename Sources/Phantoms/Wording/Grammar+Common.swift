extension Grammar {
  /// What every sentence may use: degrees, courses, verbs, openings.
  static let common = Grammar([
    "right": "right", "left": "left",
    "zone":
      "(zone|zone|lung zone|lung field|lobe|lobe|lung|lung region|third|pulmonary zone|field)",
    "zones": "(zones|zones|lung zones|lung fields|lobes|lungs|thirds)",
    "part": "(zone|third|part|portion|aspect|region|lobe)",
    "chest": "(lung|lung|lung field|hemithorax|chest|thorax)",
    "degree":
      "(mild|mild|moderate|severe|marked|slight|subtle|minimal|minor|extensive|significant|gross"
      + "|mild to moderate|moderate to severe|faint|considerable)",
    "course":
      "(new|persistent|residual|increasing|increased|worsening|worsened|progressive|improving"
      + "|improved|decreasing|unchanged|stable|recurrent|known|old|chronic|acute|subacute|ongoing)",
    "doubt":
      "(possible|probable|likely|suspected|questionable|presumed|potential|apparent|equivocal)",
    "seen":
      "(seen|seen|present|noted|visible|identified|demonstrated|evident|observed|again seen"
      + "|again noted|appreciated|detected|apparent|redemonstrated|visualized|found|shown"
      + "|recognized)",
    "in":
      "(in|in|in|in|within|within|involving|over|overlying|affecting|projecting over|projected over"
      + "|throughout|at|at the level of|occupying|across|localized to|confined to|extending over"
      + "|distributed in|around|seen in|noted in)",
    "show": "(show|demonstrate|contain|exhibit|reveal|display)",
    "there":
      "(there {be}|there {be}|there {be}|there {be} again|there {be} now|there {be} also|we see"
      + "|I see|one sees|there appear{es} to be|there seem{es} to be|note {nbe} made of"
      + "|again {be} noted|again {be} seen|{be} noted|interval development of|interval increase in"
      + "|evidence of|presence of|findings of|appearance of|development of|radiograph shows"
      + "|the film shows|the image demonstrates|the radiograph reveals|study shows)",
    "be": "is", "es": "s", "nbe": "is",
    "suggests":
      "(suggesting|suggestive of|in keeping with|consistent with|compatible with|concerning for"
      + "|worrisome for|which may represent|which could represent|likely representing"
      + "|most likely due to|probably reflecting|may reflect|possibly|raising the possibility of)",
    "cause":
      "(pneumonia|infection|an infectious process|atelectasis|aspiration|edema|consolidation"
      + "|a combination of atelectasis and infection|an inflammatory process|viral pneumonia"
      + "|infectious etiology|multifocal pneumonia|contusion|hemorrhage|airspace disease)",
    "since":
      "(since the (prior|previous|last) (study|exam|examination|radiograph|film)"
      + "|compared (to|with) (the prior|the previous study|prior|yesterday|the earlier film)"
      + "|from prior|in the interval|over the interval|when compared to prior"
      + "|in comparison with the (prior|previous) (study|examination))",
    "before":
      "(compared (to|with) (the prior|the previous study|yesterday|the last film),|again,|now,"
      + "|in the interval,|on this film,|on today's (film|study),|as before,|in addition,|however,"
      + "|additionally,|also,|unchanged:|findings:|lungs:|chest:|impression:)",
  ])
}
