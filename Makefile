# Locutor's two commands are `make run` and `make test`; `make help` lists the rest.
#
# Everything shares one cargo profile (--release) and always selects the whole workspace, so that
# cargo resolves the same features each time: what `make run` built is a part of what `make test`
# builds, and no dependency is compiled twice (clippy only checks them, on top).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

export CARGO_TARGET_DIR ?= $(CURDIR)/target
# Where the snapshots lie: a test that another checkout built in the same folder looked there.
export INSTA_WORKSPACE_ROOT := $(CURDIR)
LISTEN ?= 127.0.0.1:8080
DATA_DIR ?= $(CURDIR)/.locutor

LOCUTOR := $(CARGO_TARGET_DIR)/release/locutor
VENV := $(CARGO_TARGET_DIR)/venv
PEERS := $(CARGO_TARGET_DIR)/peers
LIVE_PEERS := $(CARGO_TARGET_DIR)/live-peers
LOGS := $(CARGO_TARGET_DIR)/logs

# What to build and run with, as Debian names it: whisper.cpp and its bindings need the first
# three, the voices load the last two at run time.
PACKAGES := cmake clang libclang-dev libespeak-ng1 espeak-ng-data
# What only the tests need: databases, and a browser that attacks the server.
TEST_PACKAGES := postgresql redis-server chromium chromium-driver
# What `make load` asks the server with.
LOAD_PACKAGES := wrk
# What reads the counters of `make coverage`. Its LLVM must know the format that the compiler of
# rust-toolchain.toml writes: that of Rust 1.95 is read by Debian's 19, not by its default of 14.
COVERAGE_PACKAGES := llvm-19
COVERAGE_TOOL := 0.9.1
# Least share of the server's lines that its own tests must run, in percent. Raise it as they grow.
COVERAGE_FLOOR := 76
# Models that tests use beyond those that `locutor models pull` gets by itself.
TEST_MODELS := whisper-tiny.en speech-samples resemblyzer

CARGO_OPTIONS := --release --locked --workspace

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build models ## Build, get the models, run the demo, then serve until Ctrl-C
	$(LOCUTOR) demo --data-dir "$(DATA_DIR)"
	exec $(LOCUTOR) serve --listen $(LISTEN) --data-dir "$(DATA_DIR)"

.PHONY: test
test: lint build models test-models test-packages $(VENV)/.installed ## Check formatting and lints, then run every test
	@.ci/services -- $(MAKE) --no-print-directory test-runners

# Everything once on SQLite; then, where `.ci/services` could start it, what is about rows and not
# about the engine once more on PostgreSQL and Redis.
ON_POSTGRES := auth:: documents::
.PHONY: test-runners
test-runners:
	@mkdir -p $(LOGS); : >$(LOGS)/postgres.log
	@export LOCUTOR_BINARY=$(LOCUTOR) LOCUTOR_TEST_PYTHON=$(VENV)/bin/python; failed=0; \
	python-bindings/test.sh 2>&1 | tee $(LOGS)/python.log || failed=1; \
	cargo test $(CARGO_OPTIONS) --no-fail-fast 2>&1 | tee $(LOGS)/cargo.log || failed=1; \
	if [ -n "$${LOCUTOR_TEST_POSTGRES:-}" ]; then export LOCUTOR_TEST_DATABASE=postgres; { again=0; \
	cargo test $(CARGO_OPTIONS) --test black_box -- $(ON_POSTGRES) || again=1; \
	cargo test $(CARGO_OPTIONS) --test attacks || again=1; exit $$again; \
	} 2>&1 | tee $(LOGS)/postgres.log || failed=1; fi; \
	RUNNERS_FAILED=$$failed .ci/total $(LOGS)/python.log $(LOGS)/cargo.log $(LOGS)/postgres.log

.PHONY: test-kernels
test-kernels: build test-models ## Run the engine's tests once for each set of kernels
	@for kernels in avx512 avx2 portable; do \
	echo "kernels: $$kernels"; LOCUTOR_KERNELS=$$kernels cargo test $(CARGO_OPTIONS) --lib || exit 1; done

.PHONY: lint
lint: system-packages ## Check formatting and clippy's lints
	cargo fmt --all --check
	cargo clippy $(CARGO_OPTIONS) --all-targets -- -D warnings

.PHONY: build
build: system-packages ## Build the binary and the libraries
	cargo build $(CARGO_OPTIONS)

.PHONY: models
models: build ## Get the default models (once; they stay in the cache)
	$(LOCUTOR) models pull

.PHONY: test-models
test-models: build
	$(LOCUTOR) models pull $(TEST_MODELS)

.PHONY: bench
bench: build models test-models $(PEERS)/.installed ## Time Locutor against other systems, in one run
	$(CARGO_TARGET_DIR)/release/bench --python $(PEERS)/bin/python --peers benches/peers

# Everything in real time: of each peer's run, two ways to end an utterance.
LIVE := $(CARGO_TARGET_DIR)/release/live
LIVE_PEER := --python $(LIVE_PEERS)/bin/python --peers benches/peers
.PHONY: live
live: build models test-models $(LIVE_PEERS)/.installed ## Play speech to live streams in real time, beside another system: errors, delays, lag, words in noise (75 minutes)
	$(LIVE) --speech clips --seconds 180 --wordless 120 $(LIVE_PEER)
	$(LIVE) --speech spoken --seconds 600 $(LIVE_PEER)
	$(LIVE) --speech spoken --seconds 1800
	$(LIVE) --model whisper-tiny.en --streams 1 --streams 6 --seconds 60 --wordless 20

ERROR_RATES := $(CARGO_TARGET_DIR)/release/error_rates
.PHONY: error-rates
error-rates: build models test-models ## Count the errors of transcription, also among noise
	$(ERROR_RATES)
	$(ERROR_RATES) --model whisper-base --speech spoken --language-given
	for noise in white pink hum keyboard music babble; do for snr in 10 0; do \
	$(ERROR_RATES) --model whisper-base --speech spoken --language-given --noise $$noise --snr $$snr || exit 1; \
	done; done

.PHONY: languages
languages: build models test-models $(PEERS)/.installed ## Tell languages apart beside other detectors: accuracy, calibration, changes, varieties
	$(LOCUTOR) models pull declaration-samples
	$(CARGO_TARGET_DIR)/release/languages --python $(PEERS)/bin/python --peers benches/peers

.PHONY: load
load: build load-packages ## Ask the server for as much as it can answer, beside a bare one
	$(CARGO_TARGET_DIR)/release/load

.PHONY: stress
stress: build load-packages ## The same, and draw rate, latency and memory for 1 to 512 connections
	$(CARGO_TARGET_DIR)/release/load --curves benches/results

# In a build folder of its own (`llvm-cov-target`), because the tests are compiled with counters.
.PHONY: coverage
coverage: system-packages test-packages ## Measure which lines of the server its tests run; fail below the floor
	@.ci/system-packages $(COVERAGE_PACKAGES)
	@cargo llvm-cov --version 2>/dev/null | grep -qF $(COVERAGE_TOOL) || \
	CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/tools cargo install --locked cargo-llvm-cov --version $(COVERAGE_TOOL)
	CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_INCREMENTAL=false \
	LLVM_COV=/usr/lib/llvm-19/bin/llvm-cov LLVM_PROFDATA=/usr/lib/llvm-19/bin/llvm-profdata \
	.ci/services -- cargo llvm-cov --release --locked -p locutor-server --fail-under-lines $(COVERAGE_FLOOR)

.PHONY: load-packages
load-packages:
	@.ci/system-packages $(LOAD_PACKAGES)

.PHONY: system-packages
system-packages: ## Install the system packages that are missing
	@.ci/system-packages $(PACKAGES)

.PHONY: test-packages
test-packages:
	@.ci/system-packages $(TEST_PACKAGES) || { [ -z "$${CI:-}" ] && \
	echo "Testing without the packages above; what that leaves out is told." >&2; }

.PHONY: clean
clean: ## Remove what was built; models and data stay
	cargo clean

# A Python environment is remade when its list of packages changes.
$(VENV)/.installed: tests/clients/requirements.txt
$(PEERS)/.installed: benches/peers/requirements.txt
$(LIVE_PEERS)/.installed: benches/peers/live_requirements.txt
$(VENV)/.installed $(PEERS)/.installed $(LIVE_PEERS)/.installed: %/.installed:
	python3 -m venv --clear $*
	$*/bin/pip install --quiet --disable-pip-version-check -r $^
	touch $@
