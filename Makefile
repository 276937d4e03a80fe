# Tidegate's front door. `make help` lists what there is; every step is a script or a cargo command that can be run alone.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run build test lint tests repo examples sdk bench fuzz fmt clean

TARGET := $(or $(CARGO_TARGET_DIR),target)

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: ## build and start `tidegate demo`: gateway and simulated providers on loopback
	@scripts/setup.sh run
	cargo build --profile $(or $(PROFILE),dev) -p tidegate
	exec $(TARGET)/$(if $(filter-out dev,$(PROFILE)),$(PROFILE),debug)/tidegate demo

setup: ## install what the tests need and is not there yet (Python and Node packages, into the tree)
	@scripts/setup.sh test

build: ## everything, tests included, in the development profile
	cargo build --workspace --bins --tests

test: setup ## format, lints, unit and integration tests, repository rules, examples, real SDKs
	@scripts/test.sh

lint: ## only format and clippy
	@scripts/test.sh lint

tests: ## only the Rust tests
	@scripts/test.sh tests

repo: ## only the repository's own rules: layers, tidy, licences
	@scripts/test.sh repo

examples: ## only `tidegate check` over examples/
	@scripts/test.sh examples

sdk: ## only the real SDKs, Python and JavaScript, against a live gateway
	@scripts/setup.sh test
	@scripts/test.sh sdk

bench: ## speed beside nginx on this machine; BENCH_ARGS="--only chat --seconds 3"
	@scripts/setup.sh bench
	python3 bench/run.py $(BENCH_ARGS)

fuzz: ## every fuzz target for FUZZ_SECONDS (600) each; FUZZ_TARGETS="splicer config"
	@scripts/setup.sh fuzz
	@scripts/fuzz.sh $(FUZZ_TARGETS)

fmt: ## format the Rust code
	cargo fmt --all

clean: ## forget everything that was built or installed into the tree
	cargo clean
	rm -rf .tools sdk-tests/node/node_modules fuzz/target
