#!/usr/bin/env bash
# Runs the fuzz targets one after the other, FUZZ_SECONDS (600) each, with bounded memory and input size.
#
#   scripts/fuzz.sh [TARGET…]      all targets of fuzz/Cargo.toml without arguments
#
# Seeds are in fuzz/seeds/TARGET, the dictionary in fuzz/dictionaries/TARGET.dict; what a run learns goes to fuzz/corpus
# and a crash to fuzz/artifacts (neither is tracked: a crash becomes a unit test with the input in it).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${FUZZ_SECONDS:-600}
passed=0 failed=0

# The sanitizer flags need a nightly compiler, or the pinned one told to behave as one.
if rustup toolchain list 2>/dev/null | grep -q '^nightly'; then
  toolchain=(+nightly)
else
  toolchain=()
  export RUSTC_BOOTSTRAP=1
fi

if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(cargo "${toolchain[@]}" fuzz list); fi
[ ${#targets[@]} -gt 0 ] || { echo 'fuzz: no targets in fuzz/Cargo.toml' >&2; exit 1; }

for target in "${targets[@]}"; do
  printf '\n== fuzz %s for %s s\n' "$target" "$seconds"
  mkdir -p "fuzz/corpus/$target" "fuzz/seeds/$target"
  options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1)
  [ -e "fuzz/dictionaries/$target.dict" ] && options+=(-dict="fuzz/dictionaries/$target.dict")
  if cargo "${toolchain[@]}" fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- "${options[@]}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'fuzz: %s failed; the input is in fuzz/artifacts/%s\n' "$target" "$target"
  fi
done

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
