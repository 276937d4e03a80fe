#!/usr/bin/env bash
# `tidegate check` over every example, on a machine that has what they ask for: placeholders for the variables they name, a
# secret file, and certificates made the way examples/tls-mtls.yaml tells its reader to make them.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

binary=$(realpath -m "${TIDEGATE_BIN:-${CARGO_TARGET_DIR:-target}/debug/tidegate}")
[ -x "$binary" ] || { echo "examples: $binary is missing: build it with \`make build\`"; exit 1; }
prepared=$(mktemp -d)
trap 'rm -rf "$prepared"' EXIT
cp -r examples "$prepared/"
cd "$prepared"

mkdir -p examples/secrets
echo sk-example >examples/secrets/openai-batch
if ! sed -n 's/^#   //p' examples/tls-mtls.yaml | bash >certificates.log 2>&1; then
  echo 'examples: the commands in tls-mtls.yaml do not make certificates:'
  cat certificates.log
  exit 1
fi

settings=()
for name in $(grep -ohrE '\$\{[A-Z][A-Z0-9_]*' examples | tr -d '${' | sort -u); do
  settings+=("$name=value-of-$name")
done

passed=0 failed=0
for path in examples/*.yaml examples/*/; do
  # Only folders that are themselves a configuration.
  compgen -G "${path%/}/*.yaml" >/dev/null || [ -f "$path" ] || continue
  if env "${settings[@]}" "$binary" check "${path%/}" >said.log 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    cat said.log
  fi
done

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
