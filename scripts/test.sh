#!/usr/bin/env bash
# `make test`, step by step. Every step runs even when an earlier one failed, so one run shows everything; the exit code and
# the last line tell whether all of them passed.
#
#   scripts/test.sh [lint] [tests] [repo] [examples] [sdk]     (all of them without arguments)
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# With TIDEGATE_BIN set, that binary is tested and none is built for the examples and SDKs.
built=${TIDEGATE_BIN:+given}
export TIDEGATE_BIN="${TIDEGATE_BIN:-${CARGO_TARGET_DIR:-$PWD/target}/debug/tidegate}"
passed=0
failed=()

step() { # step NAME COMMAND…
  local name=$1 began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@"; then
    passed=$((passed + 1))
    printf -- '-- %s: passed in %d s\n' "$name" $((SECONDS - began))
  else
    failed+=("$name")
    printf -- '-- %s: FAILED after %d s\n' "$name" $((SECONDS - began))
  fi
}

# Everything below shares the artefacts of this one build: building single packages would select other features and compile twice.
build() {
  cargo build --workspace --bins --tests && return
  # An old binary must not stand in for the one that does not build.
  rm -f "$TIDEGATE_BIN"
  return 1
}

need_binary() {
  [ -n "$built" ] || step 'build' build
  built=yes
}

rust_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --lib --bins --tests --no-fail-fast
  else
    cargo test --workspace --lib --bins --tests --no-fail-fast
  fi
}

# Their output only when one fails: most crates have none, and a page of "0 passed" says nothing.
doc_tests() {
  local said
  said=$(cargo test --workspace --doc --quiet 2>&1) || { echo "$said"; return 1; }
}

python_sdks() { .tools/venv/bin/python -m pytest -q -p no:cacheprovider sdk-tests/python; }
node_sdks() { node sdk-tests/node/run.mjs; }

run_steps() {
  local which
  for which in "$@"; do
    case "$which" in
      lint)
        step 'format' cargo fmt --all --check
        step 'clippy' cargo clippy --workspace --all-targets --quiet -- -D warnings
        ;;
      tests)
        step 'build' build
        built=yes
        step 'rust tests' rust_tests
        step 'doc tests' doc_tests
        ;;
      repo) step 'repository rules' cargo run --quiet -p xtask -- all ;;
      examples)
        need_binary
        step 'examples' scripts/examples.sh
        ;;
      sdk)
        need_binary
        step 'python SDKs' python_sdks
        step 'javascript SDKs' node_sdks
        ;;
      *)
        echo "unknown step '$which': lint, tests, repo, examples or sdk" >&2
        exit 2
        ;;
    esac
  done
}

if [ $# -gt 0 ]; then run_steps "$@"; else run_steps lint tests repo examples sdk; fi

printf '\n'
for name in ${failed[@]+"${failed[@]}"}; do printf 'failed: %s\n' "$name"; done
printf '%d passed, %d failed\n' "$passed" "${#failed[@]}"
[ "${#failed[@]}" -eq 0 ]
