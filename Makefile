# The two that matter: `make demo` shows what grounded does, `make test` shows that it does it.

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR    ?=
# Where the demo writes its page.
OUTPUT     ?= demo
# How many runs with faults, from which seed on, and how many side by side.
RUNS       ?= 20
SEED       ?= 1
JOBS       ?= 6
# How long each reader is fuzzed, in seconds, and which ones are.
FUZZ_TIME  ?= 600
READERS    ?= $(notdir $(wildcard Tests/Fuzz/Seeds/*))
# The programs that the network's speed is compared with, and where they are set up; 3 GB.
PEERS      ?= ../shared/peers
PEERS_ROOM ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/grounded-peers
ROUNDS     ?= 3
# Where the built-in network is trained, and the table of films with drawn lungs that it learns from.
MODEL_ROOM ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/grounded-model
FILMS      ?= ../shared/data/lungs/train.csv

SWIFT := $(shell command -v swift || echo /opt/swift/usr/bin/swift)
# Without the toolchain's folder in it, so that the binary runs where no Swift is installed.
RELEASE := -c release --static-swift-stdlib

# What is built with, PostgreSQL for the demo and the tests, and pip, by which the tests get NVIDIA's compiler.
# (Debian's postgresql package also makes a cluster of its own; nothing here uses it.)
PACKAGES := libjansson-dev libpng-dev libdeflate-dev libjpeg62-turbo-dev libopenblas-dev libdnnl-dev \
	librdkafka-dev libcurl4-openssl-dev libpq-dev libjemalloc-dev postgresql pkg-config python3-pip

UNITS := grounded.service grounded@.service grounded-migrate.service
UNITDIR = $(DESTDIR)$(PREFIX)/lib/systemd/system
SHARE = $(DESTDIR)$(PREFIX)/share/grounded

.PHONY: all demo test chaos fuzz bench-guarantees bench-peers bench-gpu bench-training model-data model pattern build packages toolchain lint install uninstall clean

all: build

demo: build
	"$$($(SWIFT) build $(RELEASE) --show-bin-path)/grounded" demo --output "$(OUTPUT)"

# One test at a time: many of them wait for servers of their own, and two cores are soon full.
test: packages toolchain
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel

# Daemons while things go wrong around them; SEED=N RUNS=1 repeats one run.
chaos: build
	$(SWIFT) build $(RELEASE) --product chaos
	"$$($(SWIFT) build $(RELEASE) --show-bin-path)/chaos" --seed $(SEED) --runs $(RUNS) --jobs $(JOBS)

# Everything that reads what others have written, under libFuzzer and AddressSanitizer; a crash stays in .build/fuzz.
fuzz: packages toolchain
	GROUNDED_FUZZ=1 $(SWIFT) build -c release --scratch-path .build/fuzz --sanitize fuzzer --sanitize address --product fuzz
	@for reader in $(READERS); do \
	  found=".build/fuzz/found/$$reader" && mkdir -p "$$found" && \
	  echo "$$reader, $(FUZZ_TIME) s" && \
	  SWIFT_BACKTRACE=enable=no GROUNDED_FUZZ_READER=$$reader .build/fuzz/release/fuzz \
	    -max_total_time=$(FUZZ_TIME) -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
	    -verbosity=0 -artifact_prefix=".build/fuzz/$$reader-" "$$found" Tests/Fuzz/Seeds/$$reader || exit 1; \
	done

# What the guarantees cost: the daemon beside one that compares no epochs and renews no lease.
bench-guarantees: build
	rm -rf .build/unguarded && mkdir -p .build/unguarded
	cp -r Package.swift Sources Tests .build/unguarded
	patch --quiet --directory .build/unguarded -p1 < Tests/Rivals/unguarded.patch
	cd .build/unguarded && $(SWIFT) build $(RELEASE) --product grounded
	.build/release/grounded bench pipeline --json --reports 40000 --rounds 5 --seconds 0 \
	  --rival "Tests/Rivals/unguarded.sh .build/unguarded/.build/release/grounded"

# The network beside PyTorch, torch.compile, ONNX Runtime and OpenVINO, in turn; ROUNDS of 7 minutes each.
bench-peers: build
	python3 Tests/Rivals/bench_peers.py --peers "$(PEERS)" --folder "$(PEERS_ROOM)" --rounds $(ROUNDS) \
	  --program "$$($(SWIFT) build $(RELEASE) --show-bin-path)/grounded"

# The network on a GPU beside PyTorch on the same card; wants the card.
bench-gpu: build
	python3 Tests/Rivals/bench_gpu.py --peers "$(PEERS)" --folder "$(PEERS_ROOM)" \
	  --program "$$($(SWIFT) build $(RELEASE) --show-bin-path)/grounded"

# A step of training beside PyTorch's, in turn, on the same sizes.
bench-training: build
	python3 Tests/Rivals/bench_training.py --peers "$(PEERS)" --folder "$(PEERS_ROOM)" \
	  --program "$$($(SWIFT) build $(RELEASE) --show-bin-path)/grounded"

# What networks learn from: drawn phantoms, and films with their lungs.
model-data: build
	mkdir -p "$(MODEL_ROOM)"
	cp Sources/CBuiltInNetwork/training/*.json "$(MODEL_ROOM)"
	program="$$($(SWIFT) build $(RELEASE) --show-bin-path)/grounded" && films="$$(realpath "$(FILMS)")" && \
	cd "$(MODEL_ROOM)" && if [ ! -e tokenizer.json ]; then \
	  "$$program" phantom --output data/phantom2 --images 3600 --seed 11 --split-shares 0.85,0.05 && \
	  "$$program" phantom --output data/phantom1 --images 1200 --seed 12 --stage 1 --split-shares 0.95,0.05 && \
	  "$$program" phantom --output data/phantom3 --images 6000 --seed 21 --split-shares 0.9,0.03 && \
	  "$$program" phantom films --csv "$$films" --output data/films --sentences 200 && \
	  "$$program" model tokenizer --size 2048 --output tokenizer.json \
	    data/phantom1/train.jsonl data/phantom2/train.jsonl data/films/train.jsonl; fi

# The built-in network again, from nothing: some hours on two cores. Stopped, it goes on with the same command.
model: model-data
	program="$$($(SWIFT) build $(RELEASE) --show-bin-path)/grounded" && films="$$(realpath "$(FILMS)")" && \
	cd "$(MODEL_ROOM)" && \
	for run in begin finish sharpen settle; do "$$program" train $$run.json --output $$run || exit 1; done && \
	seen="$$(grep -o 'images/p[0-9]*s0.png' data/phantom3/train.jsonl | sort -u | head -n 100)" && \
	"$$program" model calibrate --weights settle/best.safetensors --output calibrated.safetensors \
	  --data data/phantom3/test.jsonl $$(printf 'data/phantom3/%s ' $$seen) "$${films%.csv}"/*
	cp "$(MODEL_ROOM)/calibrated.safetensors" Sources/CBuiltInNetwork/grounded-small.safetensors
	digest="$$(sha256sum < Sources/CBuiltInNetwork/grounded-small.safetensors)" && \
	sed -i "s|^// SHA-256: .*|// SHA-256: $${digest%% *}|" Sources/CBuiltInNetwork/network.S

# Small networks with and without regions learnt before, and one of a single query, on the phantoms' test split.
pattern: model-data
	program="$$($(SWIFT) build $(RELEASE) --show-bin-path)/grounded" && cd "$(MODEL_ROOM)" && \
	for run in regions scratch tuned single; do \
	  threshold=0.8; [ $$run != single ] || threshold=0; \
	  "$$program" train $$run.json --output $$run && echo "$$run:" && \
	  "$$program" evaluate --model $$run/best.safetensors --data data/phantom3/test.jsonl \
	    --cache $$run/test.cache --confidence-threshold $$threshold || exit 1; done

build: packages toolchain
	$(SWIFT) build $(RELEASE) --product grounded

# Installs what is missing, and asks for root only for that.
packages:
	@missing=""; \
	for package in $(PACKAGES); do \
	  state="$$(dpkg-query --show --showformat '$${db:Status-Status}' $$package 2>/dev/null)"; \
	  [ "$$state" = installed ] || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing Debian packages:$$missing"; \
	  root=""; [ "$$(id -u)" = 0 ] || root=sudo; \
	  [ -n "$$(find /var/lib/apt/lists -name '*Packages*' -print -quit 2>/dev/null)" ] || \
	    $$root apt-get update -q || exit 1; \
	  $$root env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -q -y --no-install-recommends $$missing || exit 1; \
	fi

toolchain:
	@"$(SWIFT)" --version >/dev/null 2>&1 || \
	  { echo "Swift 6.3 is needed: put its swift on the PATH, or under /opt/swift." >&2; exit 1; }

lint:
	$(SWIFT) format lint --strict -r Package.swift Sources Tests

# Wants `make build` before; does not build as root.
install:
	@binary=.build/release/grounded; \
	[ -x "$$binary" ] || { echo "Run make build first." >&2; exit 1; }; \
	install -D -m 755 "$$binary" "$(DESTDIR)$(PREFIX)/bin/grounded"
	@for folder in Migrations Topics; do \
	  [ -d $$folder ] || continue; \
	  (cd $$folder && find . -type f) | while read -r file; do \
	    target="$$(echo $$folder | tr A-Z a-z)/$${file#./}"; \
	    install -D -m 644 "$$folder/$$file" "$(SHARE)/$$target" || exit 1; \
	  done || exit 1; \
	done
	install -d "$(UNITDIR)"
	@for unit in $(UNITS); do \
	  sed 's|/usr/bin/grounded|$(PREFIX)/bin/grounded|' systemd/$$unit > "$(UNITDIR)/$$unit" && \
	  chmod 644 "$(UNITDIR)/$$unit" || exit 1; \
	done
	install -D -m 644 systemd/grounded.sysusers "$(DESTDIR)$(PREFIX)/lib/sysusers.d/grounded.conf"
	install -D -m 644 systemd/grounded.tmpfiles "$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/grounded.conf"
	install -D -m 644 systemd/grounded.conf "$(SHARE)/grounded.conf.example"
	@[ -e "$(DESTDIR)$(SYSCONFDIR)/grounded/grounded.conf" ] || \
	  install -D -m 640 systemd/grounded.conf "$(DESTDIR)$(SYSCONFDIR)/grounded/grounded.conf"

# Leaves the configuration, the user and the database as they are.
uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/grounded"
	rm -f $(addprefix "$(UNITDIR)"/,$(UNITS))
	rm -f "$(DESTDIR)$(PREFIX)/lib/sysusers.d/grounded.conf"
	rm -f "$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/grounded.conf"
	rm -rf "$(SHARE)"

clean:
	$(SWIFT) package clean
