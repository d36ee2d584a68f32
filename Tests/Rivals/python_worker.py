#!/usr/bin/env python3
"""The same duty in Python, to be measured beside `grounded`.

Consumes generated reports, gives each the same null grounding as `grounded bench worker` (the first
six sentences have one region each), writes batches to the ledger, and publishes them. Position,
results and outbox rows are one transaction, which a lost partition's epoch fences off; what Kafka
has acknowledged leaves the outbox. One guarantee is weaker: after a crash it publishes what is left
in the outbox without asking the topic, so that a report may come out twice.

Results go into tables of its own, made at the start: a row a report, an image, a sentence and a region.
psycopg packs such rows faster than arrays; the ledger's arrays made it a quarter slower. Positions and
outbox are the ledger's.

Written as somebody would who wants it fast: librdkafka's batches, orjson, psycopg's binary COPY
with the types of the columns set, one round trip for what can share it, publication of one batch
while the next one is read.

    python3 -m venv VENV
    VENV/bin/pip install confluent-kafka "psycopg[binary]" orjson
    VENV/bin/python python_worker.py --bootstrap localhost:9092 --postgres "dbname=grounded" \
        --reports 20000

One line of JSON on standard output when that many reports are published; then it goes on until it
gets SIGTERM, or ends with --once.
"""
import argparse
import collections
import datetime
import math
import queue
import re
import signal
import struct
import sys
import threading
import time
import uuid

import confluent_kafka
import orjson
import psycopg

CAMPAIGN = "live"
GROUNDER = {
    "name": "python-null",
    "version": "1",
    "architecture": "none",
    "weights_sha256": "0" * 64,
    "threshold": 0.8,
    "fusion_iou": 0.1,
    "precision": "none",
    "device": "none",
}
NAMESPACE = uuid.UUID("0b0c9d7a-6e0f-4b0e-9b57-0b5ad1c2e9a1")
IMAGE_SIDE = 1024


def main():
    arguments = read_arguments()
    worker = Worker(arguments)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    signal.signal(signal.SIGINT, lambda *_: worker.stop())
    sys.exit(worker.run())


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", required=True, help="Kafka's bootstrap.servers")
    parser.add_argument("--postgres", required=True, help="a libpq connection string")
    parser.add_argument("--reports", type=int, required=True, help="tell the rate after so many")
    parser.add_argument("--once", action="store_true", help="end after that many reports")
    parser.add_argument("--batch", type=int, default=400, help="reports a transaction, at most")
    parser.add_argument("--wait", type=float, default=0.005, help="seconds to fill a batch")
    parser.add_argument("--group", default="grounded")
    parser.add_argument("--generated", default="reports.generated")
    parser.add_argument("--grounded", default="reports.grounded")
    parser.add_argument("--rejected", default="reports.rejected")
    return parser.parse_args()


# The null grounding: what `NullGrounder` says, computed once.


def sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


def fused(place):
    """Two queries above the threshold, fused by their confidences; the third is below it."""
    scores = sigmoid(3), sigmoid(2.5)
    centers = place, place + 0.01
    left, right = (
        sum(score * min(1, max(0, center + side)) for score, center in zip(scores, centers))
        / sum(scores)
        for side in (-0.1, 0.1)
    )
    return (left, max(0, place - 0.15), right, min(1, place + 0.15)), sum(scores) / 2, 2


def raw_scores(logits, boxes):
    """The queries that are worth keeping, as the ledger describes it."""
    kept = [index for index, logit in enumerate(logits) if sigmoid(logit) >= 0.01]
    packed = struct.pack("<BHH", 1, len(logits), len(kept))
    return packed + b"".join(
        struct.pack("<H5f", index, logits[index], *boxes[index]) for index in kept
    )


def queries(number):
    if number >= 6:
        return [-9], [(0.5, 0.5, 0.1, 0.1)]
    place = 0.2 + 0.1 * number
    second = place + 0.01
    return [3, 2.5, -3], [
        (place, place, 0.2, 0.3), (second, place, 0.2, 0.3), (0.5, 0.5, 0.1, 0.1)
    ]


def corners(values):
    return dict(zip(("x_min", "y_min", "x_max", "y_max"), values))


class Answer:
    """What is said of the sentence with that number: at most one region."""

    def __init__(self, number):
        logits, boxes = queries(number)
        self.confidence = sigmoid(max(logits))
        self.scores = raw_scores(logits, boxes)
        self.region = None
        if number < 6:
            box, confidence, count = fused(0.2 + 0.1 * number)
            self.region = box, [math.floor(edge * IMAGE_SIDE) for edge in box], confidence, count
        self.status = "grounded" if self.region else "none"

    def regions(self, image_id):
        if not self.region:
            return []
        box, pixels, confidence, count = self.region
        return [
            {
                "image_id": image_id,
                "box": corners(box),
                "pixels": corners(pixels),
                "confidence": confidence,
                "fused_queries": count,
            }
        ]


ANSWERS = [Answer(number) for number in range(7)]


# The sentences of a report.

LIST_MARK = re.compile(r"\s*(?:(?:\d+[.)]|[-*•])\s+)?")
SENTENCE_END = re.compile(r"[.!?](?=\s+(?:\d+[.)]\s+)?[A-Z])|\s*\Z")


def sentences(report):
    """Text, section, place in it, and the generator's boxes of each sentence."""
    ready = report.get("sentences")
    if ready:
        for sentence in ready:
            yield sentence["text"], sentence.get("section"), None, None, sentence.get("boxes")
        return
    for section in report["sections"]:
        text, name = section["text"], section.get("name")
        start = LIST_MARK.match(text).end()
        while start < len(text):
            match = SENTENCE_END.search(text, start)
            end = match.end() if match.group().strip() else match.start()
            yield text[start:end], name, start, end, None
            start = LIST_MARK.match(text, match.end()).end()


# Rows of the ledger: columns with their types, and what turns values into rows of binary COPY.

TABLES = {
    "grounding": "source_offset int8, grounding_id uuid, source int4, grounder int4,"
    " image_count int2, sentence_count int2, region_count int4, report_id text,"
    " study_instance_uid text, accession_number text, generator_name text,"
    " generator_version text, generator_mode text, event_id text, event_source text,"
    " traceparent text, event_time text, original bytea",
    "grounding_image": "source_offset int8, source int4, width int4, height int4, ordinal int2,"
    " image_id text, uri text, view text, sop_instance_uid text, sha256 text",
    "sentence": "source_offset int8, source int4, ordinal int2, highest_confidence float4,"
    " range_start int4, range_end int4, status text, section text, text text, raw_scores bytea,"
    " generator_boxes float4[]",
    "region": "source_offset int8, source int4, x_min float4, y_min float4, x_max float4,"
    " y_max float4, confidence float4, pixel_x_min int4, pixel_y_min int4, pixel_x_max int4,"
    " pixel_y_max int4, sentence int2, ordinal int2, image int2, fused_queries int2",
    "outbox": "source_offset int8, source int4, message_id uuid, topic text,"
    " header_names text[], header_values bytea[], message_key bytea, payload bytea",
}
COLUMNS = {
    table: [column.split() for column in columns.split(", ")] for table, columns in TABLES.items()
}
SCHEMA = "python_worker"
KEYS = {
    "grounding": "source, source_offset",
    "grounding_image": "source, source_offset, ordinal",
    "sentence": "source, source_offset, ordinal",
    "region": "source, source_offset, sentence, ordinal",
}
# As the ledger's: the questions that name a report, a study or a grounding, and the time of writing.
INDEXES = [
    "UNIQUE INDEX ON {}.grounding (grounding_id)", "INDEX ON {}.grounding (report_id)",
    "INDEX ON {}.grounding (study_instance_uid)",
    "INDEX ON {}.grounding USING brin (committed_at)",
]
TYPES = {table: [kind for _, kind in columns] for table, columns in COLUMNS.items()}
COPY = {
    table: f"COPY {'grounded' if table == 'outbox' else SCHEMA}.{table}"
    f" ({', '.join(name for name, _ in columns)})"
    " FROM STDIN (FORMAT binary)"
    for table, columns in COLUMNS.items()
}


class Rows:
    """Rows as tuples, which psycopg turns into binary COPY by the types of their columns."""

    def __init__(self):
        self.rows = {table: [] for table in TABLES}

    def add(self, table, *values):
        self.rows[table].append(values)

    def mark(self):
        """What `cut` goes back to."""
        return [len(rows) for rows in self.rows.values()]

    def cut(self, mark):
        for rows, length in zip(self.rows.values(), mark):
            del rows[length:]

    def write(self, cursor):
        for table, rows in self.rows.items():
            if rows:
                with cursor.copy(COPY[table]) as copy:
                    copy.set_types(TYPES[table])
                    for row in rows:
                        copy.write_row(row)


HEADERS = "ce_specversion ce_id ce_source ce_type ce_time content-type grounded_campaign".split()


def edges(boxes):
    if boxes is None:
        return None
    return [box[edge] for box in boxes for edge in ("x_min", "y_min", "x_max", "y_max")]


class Batch:
    """The rows and messages of some reports, ready to be written."""

    def __init__(self, messages, tenures, grounder, topics):
        self.rows = rows = Rows()
        self.rejections = []
        self.outbound = []
        self.tenures = tenures
        self.next = {}
        self.time = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        for message in messages:
            source = tenures[message.topic(), message.partition()][0]
            self.next[source] = message.offset() + 1
            mark = rows.mark()
            try:
                self.add(message, source, grounder, topics[0])
            except (ValueError, KeyError, TypeError, AttributeError, IndexError) as problem:
                rows.cut(mark)
                self.reject(message, source, type(problem).__name__, topics[1])

    def add(self, message, source, grounder, topic):
        offset = message.offset()
        event = read_event(message)
        report = event["data"]
        report_id, image = report["report_id"], report["images"][0]
        study, generator = report.get("study") or {}, report.get("generator") or {}
        place = f"{message.topic()}/{message.partition()}/{offset}"
        grounding_id = uuid.uuid5(NAMESPACE, place)
        image_id = image.get("image_id") or "1"
        rows = self.rows
        told, regions, number = [], 0, -1
        for number, (words, section, start, end, theirs) in enumerate(sentences(report)):
            answer = ANSWERS[min(number, 6)]
            rows.add(
                "sentence", offset, source, number, answer.confidence, start, end, answer.status,
                section, words, answer.scores, edges(theirs),
            )
            sentence = {
                "text": words, "section": section, "start": start, "end": end,
                "status": answer.status, "highest_confidence": answer.confidence,
                "regions": answer.regions(image_id),
            }
            if section is None or start is None:
                sentence = {name: value for name, value in sentence.items() if value is not None}
            if theirs is not None:
                sentence["generator_boxes"] = theirs
            told.append(sentence)
            if answer.region:
                box, pixels, confidence, count = answer.region
                rows.add(
                    "region", offset, source, *box, confidence, *pixels, number, 0, 0, count
                )
                regions += 1
        if number < 0:
            raise ValueError("no text")
        rows.add(
            "grounding", offset, grounding_id, source, grounder, len(report["images"]),
            number + 1, regions, report_id, study.get("study_instance_uid"),
            study.get("accession_number"), generator.get("name"), generator.get("version"),
            generator.get("mode"), event["id"] or place, event["source"], event["traceparent"],
            event["time"], message.value(),
        )
        images = [self.image(one, ordinal, offset, source)
                  for ordinal, one in enumerate(report["images"])]
        identity = str(grounding_id)
        value = orjson.dumps(
            {
                "grounding_id": identity,
                "report_id": report_id,
                "campaign": CAMPAIGN,
                "grounded_at": self.time,
                "study": study,
                "generator": generator,
                "grounder": GROUNDER,
                "source": {
                    "topic": message.topic(), "partition": message.partition(),
                    "offset": offset, "event_id": event["id"] or place,
                },
                "images": images,
                "sentences": told,
            }
        )
        self.publish(source, offset, grounding_id, topic, report_id, value)

    def image(self, image, ordinal, offset, source):
        image_id = image.get("image_id") or str(ordinal + 1)
        self.rows.add(
            "grounding_image", offset, source, IMAGE_SIDE, IMAGE_SIDE, ordinal, image_id,
            image["uri"], image.get("view"), image.get("sop_instance_uid"), image.get("sha256"),
        )
        told = {"image_id": image_id, "width": IMAGE_SIDE, "height": IMAGE_SIDE}
        for name in ("view", "sop_instance_uid", "sha256"):
            if image.get(name):
                told[name] = image[name]
        return told

    def publish(self, source, offset, identity, topic, key, value, kind="report.grounded.v1"):
        values = [
            b"1.0", str(identity).encode(), b"grounded", kind.encode(), self.time.encode(),
            b"application/json", CAMPAIGN.encode(),
        ]
        key = key.encode() if isinstance(key, str) else key
        self.rows.add("outbox", offset, source, identity, topic, HEADERS, values, key, value)
        self.outbound.append((source, offset, topic, key, list(zip(HEADERS, values)), value))

    def reject(self, message, source, reason, topic):
        value = message.value() or b""
        identity = uuid.uuid5(NAMESPACE, f"rejected/{source}/{message.offset()}")
        self.rejections.append(
            (message.offset(), source, "not_json", "read", reason, len(value), value, [], [])
        )
        self.publish(source, message.offset(), identity, topic, message.key(), value,
                     "report.rejected.v1")


def read_event(message):
    """CloudEvents in binary mode, in structured mode, or a bare value."""
    headers = {name: value.decode() for name, value in message.headers() or () if value}
    event = {name: headers.get("ce_" + name) for name in ("id", "source", "time", "traceparent")}
    value = orjson.loads(message.value())
    if "specversion" in value:
        event = {name: value.get(name) for name in event}
        value = value["data"]
    event["data"] = value
    return event


# The work: one thread reads and packs, one writes and publishes; Python's lock is free while
# either waits for a server.


class Worker:
    def __init__(self, arguments):
        self.arguments = arguments
        self.stopped = threading.Event()
        self.failure = None
        self.ready = queue.Queue(maxsize=2)
        self.ledger = psycopg.connect(arguments.postgres, autocommit=True)
        self.intake = psycopg.connect(arguments.postgres, autocommit=True)
        self.tenures = {}
        self.acknowledged = collections.deque()
        self.underWay = 0
        self.done = 0
        self.begin = None
        self.producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": arguments.bootstrap,
                "enable.idempotence": True,
                "linger.ms": 2,
                "socket.nagle.disable": True,
            }
        )
        self.consumer = confluent_kafka.Consumer(
            {
                "bootstrap.servers": arguments.bootstrap,
                "group.id": arguments.group,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 10,
                "socket.nagle.disable": True,
            }
        )

    def stop(self):
        self.stopped.set()

    def run(self):
        self.make_tables()
        self.campaign, self.grounder = self.register()
        writer = threading.Thread(target=self.guarded, args=(self.write,))
        writer.start()
        self.consumer.subscribe(
            [self.arguments.generated], on_assign=self.take_over, on_revoke=self.let_go
        )
        self.guarded(self.read)
        writer.join()
        if not self.failure:
            self.producer.flush(10)
            self.remove_acknowledged()
            self.consumer.close()
        return 1 if self.failure else 0

    def guarded(self, work):
        try:
            work()
        except Exception as problem:  # both threads end with either
            self.failure = problem
            print(f"python_worker: {problem}", file=sys.stderr)
        self.stopped.set()

    def make_tables(self):
        with self.ledger.transaction():
            self.ledger.execute(f"CREATE SCHEMA {SCHEMA}")
            for table, key in KEYS.items():
                columns = ", ".join(" ".join(column) for column in COLUMNS[table])
                self.ledger.execute(
                    f"CREATE TABLE {SCHEMA}.{table} ({columns}, PRIMARY KEY ({key}))"
                )
            self.ledger.execute(
                f"ALTER TABLE {SCHEMA}.grounding ADD committed_at timestamptz DEFAULT now()"
            )
            for index in INDEXES:
                self.ledger.execute("CREATE " + index.format(SCHEMA))

    def register(self):
        names = ", ".join(GROUNDER)
        with self.ledger.transaction():
            campaign = self.ledger.execute(
                "INSERT INTO grounded.campaign (name) VALUES (%s) ON CONFLICT (name)"
                " DO UPDATE SET name = EXCLUDED.name RETURNING id",
                [CAMPAIGN],
            ).fetchone()[0]
            grounder = self.ledger.execute(
                f"INSERT INTO grounded.grounder ({names})"
                " VALUES (%s, %s, %s, %s, %s::real, %s::real, %s, %s)"
                f" ON CONFLICT ({names}) DO UPDATE SET name = EXCLUDED.name RETURNING id",
                list(GROUNDER.values()),
            ).fetchone()[0]
        return campaign, grounder

    # Partitions.

    def take_over(self, consumer, partitions):
        for partition in partitions:
            place = partition.topic, partition.partition
            source, epoch, offset = self.intake.execute(
                "INSERT INTO grounded.position AS p (campaign, topic, partition)"
                " VALUES (%s, %s, %s) ON CONFLICT (campaign, topic, partition)"
                " DO UPDATE SET epoch = p.epoch + 1 RETURNING id, epoch, next_offset",
                [self.campaign, *place],
            ).fetchone()
            self.tenures[place] = source, epoch
            partition.offset = confluent_kafka.OFFSET_BEGINNING if offset is None else offset
            self.publish_left_over(source)
        consumer.assign(partitions)

    def publish_left_over(self, source):
        rows = self.intake.execute(
            "SELECT source, source_offset, topic, message_key, header_names, header_values, payload"
            " FROM grounded.outbox WHERE source = %s ORDER BY source_offset",
            [source],
        )
        for source, offset, topic, key, names, values, payload in rows:
            self.send(source, offset, topic, key, list(zip(names, values)), payload)

    def let_go(self, consumer, partitions):
        while self.ready.unfinished_tasks and not self.failure:  # what was read is written first
            time.sleep(0.001)
        for partition in partitions:
            self.tenures.pop((partition.topic, partition.partition), None)
        consumer.unassign()

    # Reading.

    def read(self):
        topics = self.arguments.grounded, self.arguments.rejected
        while not self.stopped.is_set():
            messages = self.consumer.consume(self.arguments.batch, timeout=self.arguments.wait)
            for message in messages:
                if message.error():
                    raise confluent_kafka.KafkaException(message.error())
            if not messages:
                continue
            if self.begin is None:
                self.begin = time.perf_counter()
            batch = Batch(messages, dict(self.tenures), self.grounder, topics)
            while not self.failure:
                try:
                    self.ready.put(batch, timeout=1)
                    break
                except queue.Full:
                    continue

    # Writing and publishing.

    def write(self):
        while not (self.stopped.is_set() and self.ready.empty()):
            try:
                batch = self.ready.get(timeout=0.005)
            except queue.Empty:
                self.producer.poll(0)
                if self.acknowledged:
                    self.remove_acknowledged()
                continue
            try:
                self.commit(batch)
            finally:
                self.ready.task_done()
            for row in batch.outbound:
                self.send(*row)
            self.producer.poll(0)
            while self.underWay > 20 * self.arguments.batch:
                self.producer.poll(0.1)

    def commit(self, batch):
        epochs = dict(batch.tenures.values())
        sources = list(batch.next)
        with self.ledger.transaction(), self.ledger.cursor() as cursor:
            with self.ledger.pipeline():
                cursor.execute(
                    "UPDATE grounded.position p SET next_offset = v.next, updated_at = now()"
                    " FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) v (id, epoch, next)"
                    " WHERE p.id = v.id AND p.epoch = v.epoch RETURNING p.id",
                    [sources, [epochs[source] for source in sources], list(batch.next.values())],
                )
                self.forget(self.ledger.cursor())
            if len(cursor.fetchall()) != len(sources):
                raise RuntimeError("a partition was taken over by another process")
            batch.rows.write(cursor)
            if batch.rejections:
                cursor.executemany(
                    "INSERT INTO grounded.rejection (source_offset, source, code, stage, message,"
                    " original_bytes, original, header_names, header_values)"
                    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    batch.rejections,
                )

    def send(self, source, offset, topic, key, headers, value):
        def on_delivery(error, message):
            if error:
                raise confluent_kafka.KafkaException(error)
            self.underWay -= 1
            self.acknowledged.append(
                (source, offset, message.topic(), message.partition(), message.offset())
            )

        self.underWay += 1
        while True:
            try:
                self.producer.produce(
                    topic, value, key, headers=headers, on_delivery=on_delivery
                )
                return
            except BufferError:
                self.producer.poll(0.1)

    def remove_acknowledged(self):
        with self.ledger.transaction(), self.ledger.pipeline():
            self.forget(self.ledger.cursor())

    def forget(self, cursor):
        """Takes out of the outbox what Kafka has, and notes how far that goes."""
        gone = [self.acknowledged.popleft() for _ in range(len(self.acknowledged))]
        if not gone:
            return
        cursor.execute(
            "DELETE FROM grounded.outbox o USING unnest(%s::int[], %s::bigint[]) v (source, place)"
            " WHERE o.source = v.source AND o.source_offset = v.place",
            [[row[0] for row in gone], [row[1] for row in gone]],
        )
        reached = {}
        for source, _, topic, partition, offset in gone:
            place = source, topic, partition
            reached[place] = max(reached.get(place, 0), offset + 1)
        cursor.execute(
            "INSERT INTO grounded.outbound_progress AS p (source, topic, partition, next_offset)"
            " SELECT * FROM unnest(%s::int[], %s::text[], %s::int[], %s::bigint[])"
            " ON CONFLICT (source, topic, partition) DO UPDATE"
            " SET next_offset = greatest(p.next_offset, EXCLUDED.next_offset)",
            [*map(list, zip(*reached)), list(reached.values())],
        )
        self.count(len(gone))

    def count(self, published):
        before, self.done = self.done, self.done + published
        if before < self.arguments.reports <= self.done:
            seconds = time.perf_counter() - self.begin
            rate = {"reports": self.done, "reports_per_second": round(self.done / seconds)}
            print(orjson.dumps(rate).decode(), flush=True)
            if self.arguments.once:
                self.stopped.set()


if __name__ == "__main__":
    main()
