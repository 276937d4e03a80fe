"""What every test gets: the live gateway, clients for it, and a look at what the simulator saw."""

import contextlib
import json
import sys
import time
import urllib.request
from pathlib import Path

import anthropic
import openai
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from live import live  # noqa: E402

# Models by dialect of the provider behind them. `same` is the SDK's own dialect.
MODELS = {
    "openai": {"same": "gpt-4.1-mini", "crossed": "claude-haiku-4-5"},
    "anthropic": {"same": "claude-haiku-4-5", "crossed": "gpt-4.1-mini"},
}
VARIANTS = {
    "gpt-4.1-mini": {"hurried": "gpt-hurried", "retried": "gpt-retried", "strict": "gpt-strict"},
    "claude-haiku-4-5": {"hurried": "claude-hurried", "retried": "claude-retried", "strict": "claude-strict"},
}


def variant(model, which):
    """The configured model with other settings in front of the same provider."""
    return VARIANTS[model][which]


@pytest.fixture(scope="session")
def urls():
    with contextlib.ExitStack() as stack:
        try:
            found = stack.enter_context(live())
        except SystemExit as why:
            # One sentence instead of an error for every test.
            pytest.exit(str(why), returncode=3)
        yield found


@pytest.fixture
def gateway(urls):
    """For tests of what only a gateway does."""
    if urls["direct"]:
        pytest.skip("needs the gateway: TIDEGATE_DIRECT is set")
    return urls


@pytest.fixture(params=["same", "crossed"])
def crossing(request, urls):
    if request.param == "crossed" and urls["direct"]:
        pytest.skip("needs the gateway: TIDEGATE_DIRECT is set")
    return request.param


@pytest.fixture
def oai(urls):
    """The OpenAI client: strict about answers, never trying again by itself."""
    return openai.OpenAI(
        base_url=urls["openai"], api_key=urls["key"], max_retries=0, timeout=20, _strict_response_validation=True
    )


@pytest.fixture
def ant(urls):
    """The Anthropic client: strict about answers, never trying again by itself."""
    return anthropic.Anthropic(
        base_url=urls["anthropic"], api_key=urls["key"], max_retries=0, timeout=20, _strict_response_validation=True
    )


@pytest.fixture
def async_oai(urls):
    """Makes a client: it must be made in the event loop that uses it."""
    return lambda: openai.AsyncOpenAI(
        base_url=urls["openai"], api_key=urls["key"], max_retries=0, timeout=20, _strict_response_validation=True
    )


@pytest.fixture
def async_ant(urls):
    """Makes a client: it must be made in the event loop that uses it."""
    return lambda: anthropic.AsyncAnthropic(
        base_url=urls["anthropic"], api_key=urls["key"], max_retries=0, timeout=20, _strict_response_validation=True
    )


@pytest.fixture
def gpt(crossing):
    """The model for OpenAI clients in this crossing."""
    return MODELS["openai"][crossing]


@pytest.fixture
def claude(crossing):
    """The model for Anthropic clients in this crossing."""
    return MODELS["anthropic"][crossing]


class Seen:
    """The simulator's own account of what reached it."""

    def __init__(self, base):
        self.base = base

    def read(self, path):
        with urllib.request.urlopen(self.base + path, timeout=5) as answer:
            return json.load(answer)

    def stats(self):
        return self.read("/sim/stats")

    def last_request(self):
        """The last call of a model, and its body as JSON."""
        requests = self.read("/sim/requests")
        if isinstance(requests, dict):
            requests = requests["requests"]
        calls = [one for one in requests if one["method"] == "POST"]
        last = max(calls, key=lambda one: one["number"])
        return last, json.loads(last["body"])

    def cancelled_since(self, before, within=2.0):
        """Waits until the simulator noticed a caller that left; how long that took, or None."""
        began = time.monotonic()
        while time.monotonic() - began < within:
            if self.stats()["cancelled"] > before:
                return time.monotonic() - began
            time.sleep(0.005)
        return None


@pytest.fixture
def seen(urls):
    return Seen(urls["sim"])


# A picture of one red pixel, our own.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)

CITY_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
