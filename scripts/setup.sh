#!/usr/bin/env bash
# Installs what a step needs and the machine lacks, and nothing else. Safe to run again and again: what is there already
# (by stamp) is not touched and needs no network.
#
#   scripts/setup.sh run     the Rust toolchain and a C compiler are there
#   scripts/setup.sh test    + the Python and JavaScript SDKs, into .tools/ and sdk-tests/node/node_modules
#   scripts/setup.sh bench   + nginx, to measure beside
#   scripts/setup.sh fuzz    + cargo-fuzz
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Debian packages, only those named, only when asked; `apt-get update` once.
apt_updated=
apt_install() {
  have apt-get || die "please install: $* (no apt-get here to do it)"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || die "please install: $* (not root, and there is no sudo)"
    root=(sudo)
  fi
  say "installing $*"
  if [ -z "$apt_updated" ]; then
    "${root[@]}" apt-get update -qq
    apt_updated=1
  fi
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

fingerprint() { sha256sum "$@" | sha256sum | cut -d' ' -f1; }

need_rust() {
  have cargo || die "cargo is missing: install Rust (rust-toolchain.toml names the version)"
  have cc || apt_install gcc libc6-dev
}

need_python_packages() {
  local stamp=.tools/venv/.stamp list=sdk-tests/python/requirements.txt want
  want=$(fingerprint "$list")
  [ -x .tools/venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return
  have python3 || apt_install python3 python3-venv
  # On Debian a python3 without python3-venv can make the folder but not put pip into it.
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
  say "installing the Python SDKs into .tools/venv"
  mkdir -p .tools
  rm -rf .tools/venv
  python3 -m venv .tools/venv
  .tools/venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$list"
  echo "$want" >"$stamp"
}

need_node_packages() {
  local stamp=sdk-tests/node/node_modules/.stamp want
  want=$(fingerprint sdk-tests/node/package-lock.json)
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return
  have node && have npm || die "node and npm (20 or newer) are missing: the JavaScript SDKs are tested with them"
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || die "node $(node --version) is too old: 20 or newer is needed"
  say "installing the JavaScript SDKs into sdk-tests/node/node_modules"
  npm --prefix sdk-tests/node ci --no-audit --no-fund --ignore-scripts --loglevel=error
  echo "$want" >"$stamp"
}

need_cargo_fuzz() {
  have cargo-fuzz && return
  say "installing cargo-fuzz (compiles for a minute or two)"
  cargo install --locked cargo-fuzz --version "${CARGO_FUZZ_VERSION:-0.13.2}"
}

case "${1:-test}" in
  run) need_rust ;;
  test)
    need_rust
    have openssl || apt_install openssl
    need_python_packages
    need_node_packages
    ;;
  bench)
    need_rust
    have python3 || apt_install python3
    have nginx || [ -x /usr/sbin/nginx ] || apt_install nginx-light
    have taskset || apt_install util-linux
    ;;
  fuzz)
    need_rust
    have c++ || apt_install g++
    need_cargo_fuzz
    ;;
  *) die "unknown step '$1': run, test, bench or fuzz" ;;
esac
