"""A gateway that is reloaded, misconfigured and stopped under its callers, as they see it."""

import os
import signal
import threading
import time
from pathlib import Path

import openai
import pytest
from conftest import live

SLOW = [{"role": "user", "content": "sim: tokens=40,rate=40\nhello"}]
QUICK = [{"role": "user", "content": "sim: tokens=3\nhello"}]


@pytest.fixture
def mine(gateway):
    """A gateway of the test's own, to be broken."""
    with live() as urls:
        yield urls


def client_of(urls):
    return openai.OpenAI(base_url=urls["openai"], api_key=urls["key"], max_retries=0, timeout=20)


class Stream(threading.Thread):
    """A stream that is being read while the test does something else."""

    def __init__(self, urls):
        super().__init__(daemon=True)
        self.chunks, self.failed, self.begun = [], None, threading.Event()
        self.client = client_of(urls)

    def run(self):
        try:
            for chunk in self.client.chat.completions.create(model="claude-haiku-4-5", messages=SLOW, stream=True):
                self.chunks.append(chunk)
                self.begun.set()
        except Exception as fault:
            self.failed = fault

    def assert_whole(self):
        self.join(20)
        assert self.failed is None and not self.is_alive()
        assert [c.choices[0].finish_reason for c in self.chunks if c.choices][-1] == "stop"


def begun(urls):
    stream = Stream(urls)
    stream.start()
    assert stream.begun.wait(10), "the stream began"
    return stream


def until(what, seconds=5):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


def serves(urls, model):
    try:
        client_of(urls).chat.completions.create(model=model, messages=QUICK)
        return True
    except openai.NotFoundError:
        return False


def test_a_new_configuration_is_taken_without_dropping_a_stream(mine):
    config = Path(mine["config"])
    stream = begun(mine)
    assert not serves(mine, "new-name")
    config.write_text(config.read_text().replace("models:\n", "models:\n  new-name: { targets: [openai/gpt-4.1-mini] }\n"))
    os.kill(mine["pid"], signal.SIGHUP)
    until(lambda: serves(mine, "new-name"))
    stream.assert_whole()


def test_a_bad_configuration_leaves_the_running_one(mine):
    config = Path(mine["config"])
    stream = begun(mine)
    config.write_text(config.read_text().replace("models:\n", "modles:\n"))
    os.kill(mine["pid"], signal.SIGHUP)
    for _ in range(20):
        assert serves(mine, "gpt-4.1-mini")
    stream.assert_whole()


def test_a_gateway_that_is_told_to_stop_ends_its_streams_first(mine):
    stream = begun(mine)
    os.kill(mine["pid"], signal.SIGTERM)
    stream.assert_whole()
    # Stopped, it takes nobody; until then it may still be putting its things away.
    until(lambda: refused(mine))


def refused(urls):
    try:
        client_of(urls).chat.completions.create(model="gpt-4.1-mini", messages=QUICK)
        return False
    except openai.APIConnectionError:
        return True
    except openai.APIStatusError:
        return False
