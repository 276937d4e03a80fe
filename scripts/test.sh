#!/usr/bin/env bash
# `make test`, step by step. Every step runs even when an earlier one failed, so one run shows everything; the exit code and
# the last line tell whether all of them passed.
#
#   scripts/test.sh [lint] [tests] [repo] [examples] [sdk]     (all of them without arguments)
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

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
build() { cargo build --workspace --bins --tests; }

rust_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --lib --bins --tests --no-fail-fast
  else
    cargo test --workspace --lib --bins --tests --no-fail-fast
  fi
}

examples() {
  local bad=0 file count=0
  for file in examples/*.yaml; do
    [ -e "$file" ] || { echo "examples/ holds no configuration"; return 1; }
    count=$((count + 1))
    # What an example takes from the environment is a placeholder here: `check` asks whether the file is right, not the key.
    env OPENAI_API_KEY=sk-example ANTHROPIC_API_KEY=sk-ant-example TIDEGATE_KEY=tg-example \
      "$TIDEGATE_BIN" check -c "$file" >/dev/null || { echo "examples: $file is refused"; bad=$((bad + 1)); }
  done
  printf '%d passed, %d failed\n' $((count - bad)) "$bad"
  [ "$bad" -eq 0 ]
}

# The xtask of the one build, where there is one.
repository_rules() {
  local built="${TIDEGATE_BIN%/*}/xtask"
  if [ -x "$built" ]; then "$built" all; else cargo run --quiet -p xtask -- all; fi
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
        step 'rust tests' rust_tests
        step 'doc tests' cargo test --workspace --doc --quiet
        ;;
      repo) step 'repository rules' repository_rules ;;
      examples) step 'examples' examples ;;
      sdk)
        [ -x "$TIDEGATE_BIN" ] || step 'build' build
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
