"""A gateway in front of the simulator, on free loopback ports, for the SDK suites.

As a module: `with live() as urls: …`. As a program: prints the URLs as one line of JSON when everything answers and
stops everything when its standard input closes, which is how the JavaScript suite uses it.

TIDEGATE_BIN     the binary (target/debug/tidegate)
TIDEGATE_DIRECT  set: no gateway, the SDKs talk to the simulator itself, which proves the simulator
"""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEY = "tg-suite-5f1c"
NARROW_KEY = "tg-narrow-77aa"
LIMITED_KEYS = ["tg-limited-%d" % number for number in range(8)]
START_SECONDS = 20

CONFIG = """\
server:
  listen: 127.0.0.1:{port}
  admin: 127.0.0.1:{admin}
  max_body: 1MiB
  drain: 5s
logs:
  access: {access}
  level: warn
providers:
  openai:    {{ kind: openai, base_url: "http://127.0.0.1:{sim}/v1", credentials: [{{ key: sk-sim }}] }}
  anthropic: {{ kind: anthropic, base_url: "http://127.0.0.1:{sim}", credentials: [{{ key: sk-ant-sim }}] }}
models:
  gpt-4.1-mini:           {{ targets: [openai/gpt-4.1-mini], retries: {{ attempts: 1 }} }}
  gpt-reasoner:           {{ targets: [openai/gpt-reasoner], retries: {{ attempts: 1 }} }}
  claude-haiku-4-5:      {{ targets: [anthropic/claude-haiku-4-5], retries: {{ attempts: 1 }} }}
  text-embedding-3-small: {{ targets: [openai/text-embedding-3-small] }}
  # Tried again: the simulator fails the first calls of a request as told.
  gpt-retried:    {{ targets: [openai/gpt-4.1-mini], retries: {{ attempts: 3, backoff: 5ms..20ms }} }}
  claude-retried: {{ targets: [anthropic/claude-haiku-4-5], retries: {{ attempts: 3, backoff: 5ms..20ms }} }}
  # Given up on soon: the simulator stalls as told.
  gpt-hurried:
    targets: [openai/gpt-4.1-mini]
    timeouts: {{ first_token: 300ms, idle: 300ms, total: 2s }}
    retries: {{ attempts: 1 }}
  claude-hurried:
    targets: [anthropic/claude-haiku-4-5]
    timeouts: {{ first_token: 300ms, idle: 300ms, total: 2s }}
    retries: {{ attempts: 1 }}
  # Nothing may get lost in translation.
  gpt-strict:    {{ targets: [openai/gpt-4.1-mini], strict_translation: true }}
  claude-strict: {{ targets: [anthropic/claude-haiku-4-5], strict_translation: true }}
access:
  keys:
    suite:  {{ key: {key} }}
    narrow: {{ key: {narrow}, models: [gpt-4.1-mini, claude-haiku-4-5] }}
{limited}
"""


def binary():
    named = os.environ.get("TIDEGATE_BIN")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = Path(named) if named else target / "debug" / "tidegate"
    if not path.exists():
        raise SystemExit(f"{path} is missing: build it with `make build`, or name one in TIDEGATE_BIN")
    return str(path)


def free_ports(count):
    """Ports that nobody has now. All are held until the last is chosen, so they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def answers(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_ready(process, port, path):
    deadline = time.monotonic() + START_SECONDS
    while not answers(port, path):
        if process.poll() is not None:
            raise SystemExit(f"{process.args[1]} ended with {process.returncode} before it answered")
        if time.monotonic() > deadline:
            raise SystemExit(f"{process.args[1]} did not answer {path} within {START_SECONDS} s")
        time.sleep(0.02)


@contextlib.contextmanager
def started(arguments, port, path):
    """A process that answers, ended by SIGTERM, or by SIGKILL when that is not enough."""
    process = subprocess.Popen([binary(), *arguments], stdin=subprocess.DEVNULL, stdout=sys.stderr)
    try:
        wait_until_ready(process, port, path)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise SystemExit(f"{arguments[0]} did not end within 10 s of SIGTERM") from None


@contextlib.contextmanager
def live():
    """Yields what the suites need to know: URLs, keys, and whether there is a gateway at all."""
    direct = bool(os.environ.get("TIDEGATE_DIRECT"))
    gateway = config = None
    sim, port, admin = free_ports(3)
    with contextlib.ExitStack() as stack:
        stack.enter_context(started(["sim", "--listen", f"127.0.0.1:{sim}"], sim, "/sim/stats"))
        if not direct:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-sdk-"))
            config = Path(folder) / "tidegate.yaml"
            keys = [
                f"    limited{n}: {{ key: {key}, limits: [{{ requests: 1, per: hour, burst: 1 }}] }}"
                for n, key in enumerate(LIMITED_KEYS)
            ]
            values = {"port": port, "admin": admin, "sim": sim, "key": KEY, "narrow": NARROW_KEY}
            access = os.environ.get("TIDEGATE_ACCESS_LOG", "off")
            config.write_text(CONFIG.format(**values, access=access, limited="\n".join(keys)))
            gateway = stack.enter_context(started(["serve", "-c", str(config)], admin, "/readyz"))
        base = f"http://127.0.0.1:{sim if direct else port}"
        yield {
            "direct": direct,
            "openai": f"{base}/v1",
            "anthropic": base,
            "sim": f"http://127.0.0.1:{sim}",
            "metrics": None if direct else f"http://127.0.0.1:{admin}/metrics",
            "config": config and str(config),
            "pid": gateway and gateway.pid,
            "key": KEY,
            "narrow_key": NARROW_KEY,
            "limited_keys": LIMITED_KEYS,
        }


if __name__ == "__main__":
    with live() as urls:
        print(json.dumps(urls), flush=True)
        sys.stdin.read()
