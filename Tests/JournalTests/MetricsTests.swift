import Testing

@testable import Journal

@Suite struct `The metrics` {
  @Test func `show counters and gauges in Prometheus' text format`() {
    let metrics = Metrics()
    let counter = metrics.counter("grounded_messages_total", "Messages.")
    let gauge = metrics.gauge("grounded_lag_seconds", "Lag.")
    counter.increment()
    counter.increment(by: 4)
    gauge.set(2.5)
    gauge.add(-1)
    #expect(
      metrics.exposition() == """
        # HELP grounded_messages_total Messages.
        # TYPE grounded_messages_total counter
        grounded_messages_total 5
        # HELP grounded_lag_seconds Lag.
        # TYPE grounded_lag_seconds gauge
        grounded_lag_seconds 1.5

        """)
  }

  @Test func `count observations up to and including each bound`() {
    let metrics = Metrics()
    let family = metrics.histograms(
      "stage_seconds", "Stages.", labels: ["stage"], bounds: [0.5, 1, 10])
    let model = family["model"]
    for value in [0.5, 0.75, 1, 10, 11, .nan] { model.observe(value) }
    model.observe(.milliseconds(250))
    #expect(
      metrics.exposition() == """
        # HELP stage_seconds Stages.
        # TYPE stage_seconds histogram
        stage_seconds_bucket{stage="model",le="0.5"} 2
        stage_seconds_bucket{stage="model",le="1"} 4
        stage_seconds_bucket{stage="model",le="10"} 5
        stage_seconds_bucket{stage="model",le="+Inf"} 6
        stage_seconds_sum{stage="model"} 23.5
        stage_seconds_count{stage="model"} 6

        """)
  }

  @Test func `escape what help and labels may contain`() {
    let metrics = Metrics()
    let family = metrics.counters("c_total", "One\\two\nthree \"four\".", labels: ["code"])
    family["a\"b\\c\nd"].increment()
    #expect(
      metrics.exposition() == """
        # HELP c_total One\\\\two\\nthree "four".
        # TYPE c_total counter
        c_total{code="a\\"b\\\\c\\nd"} 1

        """)
  }

  @Test func `give the same series for the same labels, until it is removed`() {
    let family = Metrics().counters("c_total", "C.", labels: ["topic", "partition"])
    family["t", "1"].increment()
    #expect(family["t", "1"].value == 1)
    #expect(family["t", "2"].value == 0)
    family.remove("t", "1")
    #expect(family["t", "1"].value == 0)
  }

  @Test func `bound how many series a family tells apart`() {
    let metrics = Metrics()
    let family = metrics.counters("c_total", "C.", labels: ["code"])
    for number in 0..<5_000 { family["\(number)"].increment() }
    let lines = metrics.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines.count == MetricFamily<Counter>.seriesMax + 1)
    #expect(lines.contains("c_total{code=\"other\"} 4800"))
  }

  @Test func `write numbers that are not finite as Prometheus reads them`() {
    let metrics = Metrics()
    let family = metrics.gauges("g", "G.", labels: ["kind"])
    family["inf"].set(.infinity)
    family["nan"].set(.nan)
    family["minus"].set(-.infinity)
    let lines = metrics.exposition().split(separator: "\n").suffix(3)
    #expect(lines == ["g{kind=\"inf\"} +Inf", "g{kind=\"minus\"} -Inf", "g{kind=\"nan\"} NaN"])
  }

  @Test func `refresh what is looked up before they are shown`() {
    let metrics = Metrics()
    let gauge = metrics.gauge("g", "G.")
    metrics.beforeExposition { gauge.add(1) }
    _ = metrics.exposition()
    #expect(metrics.exposition().hasSuffix("g 2\n"))
  }

  @Test func `count from many threads without losing any`() async {
    let metrics = Metrics()
    let counter = metrics.counter("c_total", "C.")
    let gauge = metrics.gauge("g", "G.")
    let histogram = metrics.histogram("h_seconds", "H.", bounds: [1, 2])
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<10_000 {
            counter.increment()
            gauge.add(1)
            histogram.observe(1.5)
          }
        }
      }
    }
    #expect(counter.value == 80_000)
    #expect(gauge.value == 80_000)
    #expect(histogram.total.count == 80_000)
  }
}
