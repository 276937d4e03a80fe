#!/usr/bin/env bash
# Builds the fuzz targets once and runs them, FUZZ_SECONDS (600) each, FUZZ_JOBS (one a core) at a time, with bounded memory and
# input size.
#
#   scripts/fuzz.sh [TARGET…]      all targets of fuzz/Cargo.toml without arguments
#
# Seeds are in fuzz/seeds/TARGET, the dictionary in fuzz/dictionaries/TARGET.dict; what a run learns goes to fuzz/corpus, what it
# says to fuzz/artifacts/TARGET/log and a crash beside it (neither is tracked: a crash becomes a unit test with the input in it).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The sanitizer flags need a nightly compiler, or the pinned one told to behave as one.
if rustup toolchain list 2>/dev/null | grep -q '^nightly'; then
  toolchain=(+nightly)
else
  toolchain=()
  export RUSTC_BOOTSTRAP=1
fi
folder=$PWD/fuzz/target
cargo "${toolchain[@]}" fuzz build --target-dir "$folder" || exit 1
if [ $# -eq 0 ]; then mapfile -t targets < <(cargo "${toolchain[@]}" fuzz list); else targets=("$@"); fi

run_one() {
  local target=$1 artifacts=fuzz/artifacts/$1 binary
  binary=$(compgen -G "$folder/*/release/$1" | head -n 1)
  [ -x "$binary" ] || { echo "fuzz: no target $target"; return 1; }
  mkdir -p "$artifacts" "fuzz/corpus/$target" "fuzz/seeds/$target"
  local options=(-artifact_prefix="$artifacts/" -max_total_time="${FUZZ_SECONDS:-600}" -print_final_stats=1)
  options+=(-timeout=10 -rss_limit_mb=2048 -max_len=65536)
  [ -e "fuzz/dictionaries/$target.dict" ] && options+=(-dict="fuzz/dictionaries/$target.dict")
  if "$binary" "${options[@]}" "fuzz/corpus/$target" "fuzz/seeds/$target" >"$artifacts/log" 2>&1; then
    echo "fuzz: $target held: $(grep -oP 'number_of_executed_units: *\K[0-9]+' "$artifacts/log") inputs," \
      "$(grep -oP 'peak_rss_mb: *\K[0-9]+' "$artifacts/log") MB at most"
  else
    echo "fuzz: $target FAILED: see $artifacts/log"
    grep -E 'panicked at|ERROR:|SUMMARY|Test unit written' -A 1 "$artifacts/log" | head -n 12
    return 1
  fi
}
export -f run_one
export folder

failures=$(mktemp)
export failures
printf '%s\n' "${targets[@]}" | xargs -P "${FUZZ_JOBS:-$(nproc)}" -I {} bash -c 'run_one {} || echo {} >>"$failures"'
failed=$(wc -l <"$failures")
rm -f "$failures"

printf '%d passed, %d failed\n' $((${#targets[@]} - failed)) "$failed"
[ "$failed" -eq 0 ]
