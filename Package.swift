// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A module of plain Swift: one unsafe pointer in it is a compile error.
func safe(
  _ name: String, _ imports: Target.Dependency..., resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: imports, resources: resources,
    swiftSettings: strict + [.strictMemorySafety()])
}

/// A module that owns a C library or raw memory, so that no other has to.
func wrapper(_ name: String, _ imports: Target.Dependency...) -> Target {
  .target(name: name, dependencies: imports, swiftSettings: strict)
}

/// A C library of the system: a module map, a shim, nothing else.
func library(_ name: String, package: String, debian: String) -> Target {
  .systemLibrary(name: name, pkgConfig: package, providers: [.apt([debian])])
}

func tests(_ name: String, _ imports: Target.Dependency...) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: imports + ["TestKit"], resources: [.copy("Golden")],
    swiftSettings: strict)
}

// Readers under libFuzzer, which brings the main function: `make fuzz` alone can link it.
let fuzz: [Target] =
  Context.environment["GROUNDED_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "fuzz",
      dependencies: ["Boxes", "Datasets", "Evaluation", "JSON", "Judging", "Reports"],
      path: "Tests/Fuzz", exclude: ["Seeds"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
  ]

let package = Package(
  name: "grounded",
  products: [
    .executable(name: "grounded", targets: ["grounded"]),
    // For tests of the executable, which opens it in the place of NVIDIA's libraries.
    .library(name: "HostDevice", type: .dynamic, targets: ["HostDevice"]),
  ],
  targets: [
    // What stands alone.
    safe("Boxes"),
    safe("Seeds"),
    wrapper("Threads", "CLinux"),
    wrapper("JSON", "CJansson"),
    wrapper("Journal", "Threads"),
    safe("Reports", "Boxes", "JSON"),
    safe(
      "Datasets", "Boxes", "JSON", resources: [.embedInCode("ChestImaGenome/regions.json")]),
    safe("Evaluation", "Boxes", "JSON", "Seeds"),

    // What owns a library of the system.
    wrapper("Images", "Boxes", "CPNG", "CDeflate", "CJPEG"),
    wrapper("Tensors", "COneDNN", "COpenBLAS", "CSHA256", "CLinux"),
    wrapper("KafkaClient", "CRdKafka", "Threads"),
    wrapper("PostgresClient", "CLibPQ", "Threads"),
    wrapper("Fetching", "CCurl", "Threads"),

    // The network on GPUs: NVIDIA's libraries, opened when the program runs, and kernels in its own sources.
    .target(
      name: "CUDA", dependencies: ["CCUDA", "Tensors"],
      resources: [
        .embedInCode("Kernels/prelude.cu"), .embedInCode("Kernels/numbers.cu"),
        .embedInCode("Kernels/rows.cu"), .embedInCode("Kernels/attention.cu"),
        .embedInCode("Kernels/units.cu"), .embedInCode("Kernels/turned.cu"),
        .embedInCode("Kernels/maps.cu"),
      ], swiftSettings: strict),

    // Made-up material to learn from.
    safe("Phantoms", "Boxes", "JSON", "Images", "Datasets", "Seeds"),

    // The network.
    wrapper("GroundingModel", "Tensors", "CUDA", "Images", "Boxes", "JSON", "Seeds"),

    // What makes the network learn.
    safe(
      "Learning", "Boxes", "JSON", "Images", "Tensors", "GroundingModel", "Datasets",
      "Evaluation", "Seeds"),

    // Who judges what reports say, and prompts for a language model, which the program carries.
    safe(
      "Judging", "Datasets", "Evaluation", "Fetching", "GroundingService", "JSON", "Reports",
      resources: [.embedInCode("Prompts/entailment.json"), .embedInCode("Prompts/regions.json")]),

    // The daemon.
    safe(
      "GroundingService", "Boxes", "Threads", "JSON", "Journal", "Reports", "Images", "Tensors",
      "CUDA", "GroundingModel", "KafkaClient", "PostgresClient", "Fetching"),
    .executableTarget(
      name: "grounded",
      dependencies: [
        "Boxes", "Threads", "JSON", "Journal", "Reports", "Images", "Tensors", "CUDA",
        "GroundingModel", "KafkaClient", "PostgresClient", "Fetching", "GroundingService",
        "Datasets", "Phantoms",
        "Evaluation", "Judging", "Learning", "CBuiltInNetwork", "CJemalloc",
      ],
      swiftSettings: strict),

    // The networks that the program carries, and what is known of one of them, taken up as they are.
    .target(
      name: "CBuiltInNetwork", exclude: ["grounded-small.safetensors", "golden", "training"],
      cSettings: [.headerSearchPath(".")]),

    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CCUDA"),
    .systemLibrary(name: "CSHA256"),
    library("CJansson", package: "jansson", debian: "libjansson-dev"),
    library("CPNG", package: "libpng", debian: "libpng-dev"),
    library("CDeflate", package: "libdeflate", debian: "libdeflate-dev"),
    library("CJPEG", package: "libjpeg", debian: "libjpeg62-turbo-dev"),
    library("COpenBLAS", package: "openblas", debian: "libopenblas-dev"),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    library("CRdKafka", package: "rdkafka", debian: "librdkafka-dev"),
    library("CLibPQ", package: "libpq", debian: "libpq-dev"),
    library("CJemalloc", package: "jemalloc", debian: "libjemalloc-dev"),
    library("CCurl", package: "libcurl", debian: "libcurl4-openssl-dev"),

    // What tests share: where the golden files and the examples are, a private PostgreSQL.
    .target(
      name: "TestKit", dependencies: ["JSON", "PostgresClient"], path: "Tests/TestKit",
      swiftSettings: strict),
    // A device that is the processor: the kernels' sources, and the calls that they are launched with.
    .target(
      name: "HostDevice", path: "Tests/HostDevice", cxxSettings: [.unsafeFlags(["-O2"])]),
    // Daemons while things go wrong around them, and who verifies what came of it.
    .executableTarget(
      name: "chaos",
      dependencies: [
        "Threads", "JSON", "Images", "Phantoms", "KafkaClient", "PostgresClient",
        "GroundingService", "TestKit",
      ],
      path: "Tests/Chaos", swiftSettings: strict),
    .testTarget(
      name: "ChaosTests", dependencies: ["chaos", "grounded", "TestKit"], swiftSettings: strict),
    tests("Boxes", "Boxes", "JSON"),
    tests("JSON", "JSON"),
    tests("Threads", "Threads"),
    tests("Journal", "Journal"),
    tests("Reports", "Reports", "Boxes", "JSON"),
    tests("Datasets", "Datasets", "Boxes", "JSON"),
    tests("Seeds", "Seeds"),
    tests("Evaluation", "Evaluation", "Boxes", "JSON", "Seeds"),
    tests("Phantoms", "Phantoms", "Datasets", "Images", "Boxes", "JSON", "Seeds"),
    tests("Images", "Images", "Boxes", "JSON"),
    tests("Tensors", "Tensors"),
    tests("CUDA", "CUDA", "Tensors", "HostDevice"),
    tests(
      "GroundingModel", "GroundingModel", "Tensors", "CUDA", "HostDevice", "Boxes", "JSON", "Seeds"),
    tests(
      "Learning", "Learning", "GroundingModel", "Tensors", "Boxes", "Images", "JSON", "Datasets",
      "Phantoms", "Seeds"),
    tests("KafkaClient", "KafkaClient"),
    tests("PostgresClient", "PostgresClient"),
    tests("Fetching", "Fetching"),
    tests(
      "GroundingService", "GroundingService", "Boxes", "Threads", "JSON", "Journal", "Reports",
      "Images", "Phantoms", "Tensors", "CUDA", "HostDevice", "GroundingModel", "KafkaClient",
      "PostgresClient", "Fetching"),
    tests(
      "Judging", "Judging", "Datasets", "Evaluation", "Fetching", "GroundingService", "JSON"),
    // A model that shares no code with the daemon.
    .testTarget(name: "ProtocolTests", swiftSettings: strict),
    tests(
      "grounded", "grounded", "JSON", "Journal", "GroundingModel", "GroundingService", "Reports",
      "Images", "Phantoms", "KafkaClient", "PostgresClient", "Datasets"),
  ] + fuzz
)
