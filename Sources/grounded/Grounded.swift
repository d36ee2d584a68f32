internal import FoundationEssentials
internal import Glibc
internal import GroundingService
internal import KafkaClient

/// The executable: finds the command and runs it.
@main struct Grounded {
  static let version = "0.1.0"

  /// Every command, in the order in which `grounded help` lists them.
  static let commands: [any Command.Type] = [
    Serve.self, Demo.self, Publish.self, ReplayCommand.self, Campaigns.self, CampaignsCompare.self,
    Migrate.self, Topics.self, SentencesCommand.self, Ground.self, ModelInspect.self,
    ModelRunCommand.self, ModelImport.self, ModelCalibrate.self, ModelTokenize.self,
    ModelTokenizer.self, Phantom.self, PhantomFilms.self, Curate.self,
    DatasetMSCXR.self, DatasetPadChestGR.self, DatasetCOCO.self, DatasetNIH.self,
    DatasetVinDr.self, DatasetRSNA.self, DatasetCheck.self, Train.self, Evaluate.self,
    EvaluateRadFact.self, Compose.self, BenchImages.self, BenchModel.self, BenchStream.self,
    BenchTrain.self, BenchPipeline.self, BenchReplay.self, BenchWorker.self,
    Config.self,
  ]

  static func main() async {
    MemoryAllocator.returnUnusedInBackground()
    signal(SIGPIPE, SIG_IGN)  // a reader that goes away is an error of the write, not a death
    let output = StandardOutput()
    let console = Console.process(
      output, environment: ProcessInfo.processInfo.environment)
    var status = await run(Array(CommandLine.arguments.dropFirst()), on: console)
    if let problem = output.problem {
      console.complain("grounded: \(problem)")
      status = .failed
    }
    exit(status.rawValue)
  }

  /// Runs one command line, without the program's name.
  static func run(_ words: [String], on console: Console) async -> ExitStatus {
    do {
      switch words.first {
      case nil: throw UsageError.noCommand
      case "--version", "version": console.line("grounded \(version)")
      case "help", "--help", "-h": console.write(try help(on: Array(words.dropFirst())))
      default: return try await runCommand(words, on: console)
      }
      return .done
    } catch {
      return complain(error, about: "grounded", on: console)
    }
  }

  /// The page of the commands that the words name; the list of all when there are none.
  private static func help(on words: [String]) throws(UsageError) -> String {
    guard !words.isEmpty else { return Help.overview(of: commands) }
    if let (command, rest) = find(words), rest.isEmpty { return Help.page(of: command) }
    let parts = commands.filter { $0.name.hasPrefix(words[0] + " ") }
    guard words.count == 1, !parts.isEmpty else { throw unknown(words) }
    return Help.overview(of: parts)
  }

  private static func runCommand(
    _ words: [String], on console: Console
  ) async throws -> ExitStatus {
    guard let (command, rest) = find(words) else {
      let isAsking = words.count == 2 && ["--help", "-h"].contains(words[1])
      guard isAsking else { throw unknown(words) }
      console.write(try help(on: [words[0]]))
      return .done
    }
    do {
      let arguments = try Arguments(
        parsing: rest, options: command.options, operands: command.operands)
      guard !arguments.has(Option.help.name) else {
        console.write(Help.page(of: command))
        return .done
      }
      return try await command.run(arguments, on: console)
    } catch {
      return complain(error, about: "grounded \(command.name)", on: console)
    }
  }

  private static func find(_ words: [String]) -> (any Command.Type, ArraySlice<String>)? {
    for length in [2, 1] where words.count >= length {
      let name = words.prefix(length).joined(separator: " ")
      if let command = commands.first(where: { $0.name == name }) {
        return (command, words.dropFirst(length))
      }
    }
    return nil
  }

  private static func unknown(_ words: [String]) -> UsageError {
    let isPart = commands.contains { $0.name.hasPrefix(words[0] + " ") }
    let name = words.prefix(isPart ? 2 : 1).joined(separator: " ")
    return .unknownCommand(name, nearest: nearest(to: name, of: commands.map { $0.name }))
  }

  private static func complain(
    _ error: any Error, about subject: String, on console: Console
  ) -> ExitStatus {
    console.complain("\(subject): \(error)")
    return isWrongUsage(error) ? .wrongUsage : .failed
  }

  /// True when trying again would not help: a person has to write something else.
  private static func isWrongUsage(_ error: any Error) -> Bool {
    switch error {
    case is UsageError, is ConfigurationError, is SourcePolicyError, is InstalledFolder.Missing:
      true
    case KafkaError.refusedSetting, KafkaError.cannotStart: true
    default: false
    }
  }
}
