"""What the tests of recordings share: a replay server, a gateway in front of it, and clients for both.

Recordings are never part of the project. TIDEGATE_FIXTURES names their folder; by default it is `../shared/fixtures`.
"""

import contextlib
import json
import os
import time
import urllib.error
import urllib.request

import anthropic
import openai
import pytest
from live import KEY, free_ports, started
from replay import PATHS, ROOT, cases, replay

needs_gateway = pytest.mark.skipif(
    bool(os.environ.get("TIDEGATE_DIRECT")), reason="needs the gateway: TIDEGATE_DIRECT is set"
)

CONFIG = """\
server: {{ listen: 127.0.0.1:{port}, admin: 127.0.0.1:{admin} }}
logs: {{ access: {log}, level: warn }}
providers:
  openai:    {{ kind: openai, base_url: "{replay}/v1", credentials: [{{ key: sk-replay }}] }}
  anthropic: {{ kind: anthropic, base_url: "{replay}", credentials: [{{ key: sk-ant-replay }}] }}
access: {{ keys: {{ suite: {{ key: {key} }} }} }}
"""

OTHER = {"openai": "anthropic", "anthropic": "openai"}
ALL = cases()


def each(chosen):
    """A test for each recording that is chosen, or one that says why there is none."""
    if not ALL:
        why = f"no recordings at {ROOT}: set TIDEGATE_FIXTURES"
        return pytest.mark.parametrize("case", [pytest.param(None, marks=pytest.mark.skip(reason=why))])
    return pytest.mark.parametrize("case", [case for case in ALL if chosen(case)], ids=str)


@pytest.fixture(scope="module")
def player():
    with replay() as server:
        yield server


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("recordings") / "access.log"


@pytest.fixture(scope="module")
def base(player, log):
    port, admin = free_ports(2)
    config = log.with_name("tidegate.yaml")
    config.write_text(CONFIG.format(port=port, admin=admin, replay=player.url, key=KEY, log=log))
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(started(["serve", "-c", str(config)], admin, "/readyz"))
        except SystemExit as why:
            pytest.exit(str(why), returncode=3)
        yield f"http://127.0.0.1:{port}"


def logged(log, ids, within=5.0):
    """Lines of the access log by id, once all that are wanted are there: they are written shortly after an answer."""
    deadline = time.monotonic() + within
    while True:
        lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        found = {line["id"]: line for line in lines}
        if ids <= found.keys() or time.monotonic() > deadline:
            return found
        time.sleep(0.02)


def clients(base, **more):
    more = {"api_key": KEY, "max_retries": 0, "timeout": 20} | more
    return {
        "openai": openai.OpenAI(base_url=f"{base}/v1", **more),
        "anthropic": anthropic.Anthropic(base_url=base, **more),
    }


@pytest.fixture(scope="module")
def direct(player):
    """The SDKs at the recording itself. Compatible servers take liberties, so these are not strict."""
    return clients(player.url)


@pytest.fixture(scope="module")
def through(base):
    """The SDKs at the gateway, which takes none."""
    return clients(base, _strict_response_validation=True)


def post(url, dialect, body):
    """Status, headers and the bytes of the answer, whatever it is."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}", "anthropic-version": "2023-06-01"}
    request = urllib.request.Request(url + PATHS[dialect], data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.status, answer.headers, answer.read()
