/// The grounder, its images, limits, and the service around them.
extension ConfigurationKey {
  static let grounderKeys = [
    ConfigurationKey(
      "grounder.name", .text, "medgrounder", "Name of the grounder, as auditors will see it."),
    ConfigurationKey(
      "grounder.version", .text, "0", "Version of the grounder, as auditors will see it."),
    ConfigurationKey(
      "grounder.weights", .path, "", example: "/var/lib/grounded/weights.safetensors",
      "The checkpoint. Not set: the small built-in network. SIGHUP loads a changed "
        + "one beside the present one: both are in memory for a moment. Put a new file in an old one's "
        + "place by renaming it; the old one is still being read."),
    ConfigurationKey(
      "grounder.tokenizer", .path, "", example: "/var/lib/grounded/tokenizer.json",
      "The tokenizer that belongs to the checkpoint. Not set: the one that the checkpoint carries."),
    ConfigurationKey(
      "grounder.threshold", .number(0...1), "0.8",
      "Boxes with a confidence below this are dropped."),
    ConfigurationKey(
      "grounder.fusion_iou", .number(0...1), "0.1",
      "Boxes of a sentence that overlap by more than this (IoU) become one (weighted box fusion)."),
    ConfigurationKey(
      "grounder.precision", .choice(["auto", "f32", "bf16", "f16", "int8"]), "auto",
      "Numbers that the network multiplies: 32-bit floats, or bfloat16 where the processor has it, "
        + "which is less exact and mostly faster; int8 computes the image backbone in 8-bit integers and the "
        + "rest in bfloat16 (in floats where that is faster), and needs weights from model calibrate. f16, half "
        + "floats, is for GPUs, which have no int8 here. `auto` takes a faster one only where it was seen to "
        + "find the same regions: bf16 on a GPU; on the CPU int8 with weights that have proved it (model calibrate "
        + "--data), and else f32."),
    ConfigurationKey(
      "grounder.device", .device, "auto",
      "What does the arithmetic: the CPU, or an NVIDIA GPU by the driver's number. `auto` takes the first "
        + "GPU, and the CPU where there is none or something is missing for it; the log says what. Once a GPU "
        + "computes, a changed grounder on SIGHUP is for that GPU too."
    ),
    ConfigurationKey(
      "grounder.cuda_folder", .path, "", example: "/opt/grounded-cuda",
      "Where cuBLASLt and NVRTC are: a folder of the files, of a Python's packages, or a virtual "
        + "environment with nvidia-cublas and nvidia-cuda-nvrtc in it (for a driver of CUDA 12 "
        + "nvidia-cublas-cu12 and nvidia-cuda-nvrtc-cu12). Not set: where the loader looks, and where packages "
        + "usually are."),
    ConfigurationKey(
      "grounder.threads", .integer(0...1_024), "0",
      "Threads for the arithmetic on the CPU; 0 takes one for each core."),
  ]

  static let shadowKeys = [
    ConfigurationKey(
      "shadow.fraction", .number(0...1), "0",
      "The part of the live reports that a second grounder grounds too, beside the live one; it "
        + "publishes nothing. 0 is off. Reports are chosen by their ids. It takes memory for a second "
        + "network, and a share of the processor."),
    ConfigurationKey(
      "shadow.campaign", .text, "shadow",
      "The campaign that the second grounder's results are written under. A report is in it once: give "
        + "each grounder that you try another name."),
    ConfigurationKey(
      "shadow.name", .text, "",
      "Name of the second grounder. This and the next keys, when not set: as the live one."),
    ConfigurationKey("shadow.version", .text, "", "Version of the second grounder."),
    ConfigurationKey(
      "shadow.weights", .path, "", example: "/var/lib/grounded/next.safetensors",
      "Its checkpoint."),
    ConfigurationKey(
      "shadow.tokenizer", .path, "", example: "/var/lib/grounded/tokenizer.json",
      "The tokenizer that belongs to its checkpoint."),
    ConfigurationKey(
      "shadow.threshold", .number(0...1), "", example: "0.7",
      "Its boxes with a confidence below this are dropped."),
    ConfigurationKey(
      "shadow.fusion_iou", .number(0...1), "", example: "0.2",
      "Its boxes of a sentence that overlap by more than this (IoU) become one."),
  ]

  static let queueKeys = [
    ConfigurationKey(
      "model.batch_reports_max", .integer(1...256), "8",
      "Reports that go through the network together at most. A GPU takes the memory for so many at the start."
    ),
    ConfigurationKey(
      "model.batch_wait", .duration(.zero ... .seconds(10)), "0s",
      "How long the network waits for more reports before it runs."),
    ConfigurationKey(
      "model.text_cache_bytes", .size(0...(16 << 30)), "32MiB",
      "Room for the text features of recent sentences, which are not computed again; a sentence takes "
        + "some 20 KB in the full-size network. 0 keeps none."),
    ConfigurationKey(
      "model.packed_folder", .path, "", example: "/var/cache/grounded",
      "Where the weights are kept in the order in memory that this processor wants, so that the next "
        + "start is ready sooner: a file as large as the checkpoint for each of the last four, on a local "
        + "disk; and for a GPU its compiled kernels and fastest algorithms. They may be deleted at any time. "
        + "Not set: nothing is kept. The service's unit sets it."
    ),
    ConfigurationKey(
      "queue.reports_max", .integer(1...100_000), "1000",
      "Reports of one partition that are read ahead; when they are reached, its reading pauses."),
  ]

  static let imageKeys = [
    ConfigurationKey(
      "images.allow", .sources, "", example: "file:/srv/images https://pacs.example.org:443/",
      "Where images may come from: folders (`file:/srv/images`) and origins with a path to begin "
        + "with (`https://pacs.example.org:443/`). Everything else is refused; not set refuses all."
    ),
    ConfigurationKey(
      "images.bytes_max", .size(1_024...(1 << 30)), "64MiB", "Bytes of an image file at most."),
    ConfigurationKey(
      "images.pixels_max", .integer(1...1_000_000_000), "100000000",
      "Pixels of an image at most; checked before anything is decoded. Each image that is being decoded takes one "
        + "to six bytes a pixel."),
    ConfigurationKey(
      "images.timeout", .duration(.milliseconds(10) ... .seconds(600)), "10s",
      "How long one attempt to fetch an image may take."),
    ConfigurationKey(
      "images.patience", .duration(.zero ... .seconds(86_400)), "2min",
      "How long to go on trying when an image's server is down or busy, before the report is "
        + "rejected."),
    ConfigurationKey(
      "images.concurrency", .integer(1...256), "8",
      "Images that are fetched at the same time. As many are decoded meanwhile, if there are as many cores: beside "
        + "a GPU set it to their number."),
    ConfigurationKey(
      "images.ca_file", .path, "", example: "/etc/grounded/ca.pem",
      "Certificates that https servers are checked against. Not set: those of the system."),
    ConfigurationKey(
      "images.credentials_folder", .path, "", example: "/etc/grounded/credentials",
      "Folder of the files that `header=FILE` in images.allow names."),
  ]

  static let limitKeys = [
    ConfigurationKey(
      "limits.message_bytes_max", .size(1_024...(1 << 30)), "8MiB",
      "Bytes of a generated report at most."),
    ConfigurationKey(
      "limits.sentences_max", .integer(1...32_767), "1000", "Sentences of a report at most."),
    ConfigurationKey(
      "limits.images_max", .integer(1...1_000), "16", "Images of a report at most."),
    ConfigurationKey(
      "limits.sentence_characters_max", .integer(1...1_000_000), "4000",
      "Characters of a sentence at most."),
  ]

  static let serviceKeys = [
    ConfigurationKey(
      "http.listen", .listener, "127.0.0.1:9464",
      "Where /healthz, /readyz and /metrics answer, as address:port; `off` for nowhere."),
    ConfigurationKey(
      "shutdown.grace", .duration(.seconds(1) ... .seconds(3_600)), "25s",
      "How long a stop may take to finish what is begun. Keep it below the unit's TimeoutStopSec."),
    ConfigurationKey(
      "watchdog.stuck", .duration(.seconds(30) ... .seconds(86_400)), "2min",
      "How long nothing may move although work waits, or the inbound topic may go unread, before the "
        + "daemon ends itself with status 1, to be started again. Servers that are down do not "
        + "count. Keep it below the unit's WatchdogSec, and above the longest run of the network."),
    ConfigurationKey(
      "log.level", .choice(["error", "warning", "notice", "info", "debug"]), "info",
      "The least level that is written to the journal."),
  ]
}
