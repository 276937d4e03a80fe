"""What only a gateway does, as both clients see it: keys, limits, retries, timers, losses, and errors of its own."""

import time
import urllib.request

import anthropic
import openai
import pytest
from conftest import MODELS, variant

SDKS = {"openai": openai, "anthropic": anthropic}
limited = iter(range(8))


class Caller:
    """The two clients under one roof, each with its own words."""

    def __init__(self, dialect, gateway, key):
        self.dialect, self.sdk = dialect, SDKS[dialect]
        if dialect == "openai":
            self.client = openai.OpenAI(base_url=gateway["openai"], api_key=key, max_retries=0, timeout=10)
        else:
            self.client = anthropic.Anthropic(base_url=gateway["anthropic"], api_key=key, max_retries=0, timeout=10)

    def ask(self, model, text="hello", **more):
        messages = [{"role": "user", "content": text}]
        if self.dialect == "openai":
            return self.client.chat.completions.create(model=model, messages=messages, **more)
        return self.client.messages.create(model=model, messages=messages, max_tokens=200, **more)


@pytest.fixture(params=["openai", "anthropic"])
def dialect(request):
    return request.param


@pytest.fixture
def caller(dialect, gateway):
    return Caller(dialect, gateway, gateway["key"])


@pytest.fixture
def model(dialect, crossing):
    return MODELS[dialect][crossing]


@pytest.mark.parametrize("key", ["tg-nobody", "sk-sim"])
def test_an_unknown_key_is_refused(dialect, gateway, key):
    caller = Caller(dialect, gateway, key)
    with pytest.raises(caller.sdk.AuthenticationError) as caught:
        caller.ask(MODELS[dialect]["same"])
    assert caught.value.status_code == 401 and key not in str(caught.value)


def test_a_model_the_key_may_not_use_is_refused(dialect, gateway):
    caller = Caller(dialect, gateway, gateway["narrow_key"])
    assert caller.ask(MODELS[dialect]["same"])
    with pytest.raises(caller.sdk.PermissionDeniedError):
        caller.ask("gpt-retried")


def test_a_model_nobody_has_is_not_found(caller):
    with pytest.raises(caller.sdk.NotFoundError) as caught:
        caller.ask("gpt-of-tomorrow")
    assert "gpt-of-tomorrow" in str(caught.value)


def test_a_target_can_be_addressed_directly(caller, crossing):
    provider = {"same": caller.dialect, "crossed": {"openai": "anthropic", "anthropic": "openai"}[caller.dialect]}
    model = {"openai": "openai/gpt-4.1-mini", "anthropic": "anthropic/claude-haiku-4-5"}[provider[crossing]]
    assert caller.ask(model)


def test_a_rate_limit_is_the_sdks_own(dialect, gateway):
    caller = Caller(dialect, gateway, gateway["limited_keys"][next(limited)])
    assert caller.ask(MODELS[dialect]["same"])
    with pytest.raises(caller.sdk.RateLimitError) as caught:
        caller.ask(MODELS[dialect]["same"])
    assert int(caught.value.response.headers["retry-after"]) > 0


def test_a_body_that_is_too_large_is_refused(caller):
    with pytest.raises(caller.sdk.APIStatusError) as caught:
        caller.ask(MODELS[caller.dialect]["same"], "x" * (2 << 20))
    assert caught.value.status_code == 413


def test_a_refused_gateway_key_is_said_to_be_the_providers_word(caller, model):
    with pytest.raises(caller.sdk.APIStatusError) as caught:
        caller.ask(model, "sim: status=401\nhello")
    assert caught.value.status_code == 401
    assert caught.value.response.headers["x-tidegate-fault"] == "upstream_rejected; source=upstream"


def test_a_failed_attempt_is_tried_again(caller, model):
    text = f"sim: fail_first=2,status=503\n{caller.dialect} {model}"
    assert caller.ask(variant(model, "retried"), text)


def test_too_many_failures_are_the_last_one(caller, model):
    text = f"sim: fail_first=9,status=503\n{caller.dialect} {model} for ever"
    with pytest.raises(caller.sdk.InternalServerError):
        caller.ask(variant(model, "retried"), text)


def test_a_stream_that_never_begins_times_out(caller, model):
    with pytest.raises(caller.sdk.APIStatusError) as caught:
        caller.ask(variant(model, "hurried"), "sim: ttft=8s\nhello", stream=True)
    assert caught.value.status_code == 504


def test_an_answer_that_never_comes_times_out(caller, model):
    with pytest.raises(caller.sdk.APIStatusError) as caught:
        caller.ask(variant(model, "hurried"), "sim: delay=8s\nhello")
    assert caught.value.status_code == 504


def test_a_stream_that_stalls_ends_with_an_error(caller, model):
    events = 0
    with pytest.raises(caller.sdk.APIError):
        for _ in caller.ask(variant(model, "hurried"), "sim: stall_after=4,tokens=30\nhello", stream=True):
            events += 1
    assert events >= 4


def test_a_stream_cut_off_ends_with_an_error(caller, model):
    with pytest.raises(caller.sdk.APIError):
        for _ in caller.ask(model, "sim: disconnect_after=4,tokens=30\nhello", stream=True):
            pass


def test_a_stream_of_garbage_ends_with_an_error(caller):
    crossed = MODELS[caller.dialect]["crossed"]
    with pytest.raises(caller.sdk.APIError):
        for _ in caller.ask(crossed, "sim: garbage\nhello", stream=True):
            pass


def test_what_is_lost_in_translation_is_named_or_refused(gateway):
    caller = Caller("openai", gateway, gateway["key"])
    messages = [{"role": "user", "content": "hello"}]
    raw = caller.client.chat.completions.with_raw_response.create(
        model="claude-haiku-4-5", messages=messages, seed=7, logit_bias={"50256": -100}
    )
    loss = raw.headers["x-tidegate-loss"]
    assert "seed" in loss and "logit_bias" in loss
    with pytest.raises(openai.BadRequestError) as caught:
        caller.client.chat.completions.create(model="claude-strict", messages=messages, seed=7)
    assert "seed" in str(caught.value)
    assert caller.client.chat.completions.create(model="claude-strict", messages=messages)


def total(gateway, metric):
    """Sum of a counter over all its labels."""
    with urllib.request.urlopen(gateway["metrics"], timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(metric))


def settled(gateway, metric):
    """The counter once the calls of earlier tests have reached it: records show up 50 ms after their call at most."""
    time.sleep(0.1)
    return total(gateway, metric)


def test_every_call_is_counted_once(gateway, caller, model):
    before = settled(gateway, "tidegate_requests_total")
    caller.ask(model)
    for _ in caller.ask(model, stream=True):
        pass
    deadline = time.monotonic() + 2
    while (now := total(gateway, "tidegate_requests_total")) < before + 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert now == before + 2
    assert settled(gateway, "tidegate_requests_total") == now, "and only once"
