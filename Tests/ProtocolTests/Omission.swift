/// What can be left out of the protocol, or of what it takes for granted, to see that it is needed.
enum Omission: CaseIterable, Sendable {
  /// A commit compares the position and not the epoch.
  case fenceOfCommits
  /// What forgets rows and raises the progress does not compare the epoch.
  case fenceOfAcknowledgements
  /// Who takes over reads the outbox without comparing the epoch, and finds rows of its successor there.
  case fenceOfOpening
  /// Who takes over sends what is in the outbox, without reading the topic.
  case scan
  /// The progress is raised to the newest delivered row, past one that is not out.
  case prefixOfProgress
  /// Who takes over reads the outbox before the progress.
  case progressBeforeRows
  /// Where the topic ends, for an empty outbox, is read after the epoch was compared.
  case endsBeforeFence
  /// Rows of one key are under way together.
  case oneRowOfAKey
  /// The topic is read while clients of earlier owners hold rows, or may yet be handed some.
  case settlingOfClients
  /// The topic is read while rows are on their way to it.
  case settlingOfNetwork
  /// A daemon goes on handing rows over, however long ago it confirmed its epoch.
  case lease
  /// A freeze falls between looking at the lease and handing a row over.
  case oneStepFromLease
  /// A row whose answer was lost goes out again, without reading the topic.
  case doubt
  /// Results and outbox row first, the position in a transaction of its own.
  case oneTransactionResultsFirst
  /// The position first, results and outbox row in a transaction of their own.
  case oneTransactionPositionFirst
  /// A row leaves the outbox when it is handed over.
  case waitingForAnswers
  /// A row that was refused is left where it is.
  case sendingAgain
  /// The client writes rows to the topic in any order.
  case orderOfTheClient
}
