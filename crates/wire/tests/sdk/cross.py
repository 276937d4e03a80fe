"""Translated recordings, read by the SDKs of the dialect they were translated to.

    TIDEGATE_EMIT_CROSS=DIR cargo test -p wire --test it -- cross faults
    python crates/wire/tests/sdk/cross.py DIR

Needs `openai` and `anthropic`. Every case must parse under strict validation and say what the recording said.
"""

import json
import pathlib
import sys

import anthropic
import openai

try:
    import httpx2
except ImportError:
    httpx2 = None
import httpx


def http(case, httpx=httpx):
    is_stream = case["kind"].startswith("sse")
    kind = "text/event-stream" if is_stream else "application/json"
    response = lambda _: httpx.Response(case["status"], content=case["body"].encode(), headers={"content-type": kind})
    return httpx.Client(transport=httpx.MockTransport(response))


def openai_client(case):
    return openai.OpenAI(api_key="k", http_client=http(case), max_retries=0, _strict_response_validation=True)


def anthropic_client(case):
    return anthropic.Anthropic(api_key="k", http_client=http(case, httpx2 or httpx), max_retries=0, _strict_response_validation=True)


def arguments(text):
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return text
    return value if isinstance(value, dict) else text


def read_openai(case):
    ask = dict(model="m", messages=[{"role": "user", "content": "x"}])
    client = openai_client(case)
    if case["kind"] == "whole":
        answer = client.chat.completions.create(**ask)
        message, usage = answer.choices[0].message, answer.usage
        calls = [(c.id, c.function.name, c.function.arguments) for c in message.tool_calls or []]
        text, refusal = message.content or "", message.refusal or ""
        reasoning = getattr(message, "reasoning_content", None) or ""
        stop = answer.choices[0].finish_reason
    else:
        text = refusal = reasoning = ""
        stop = usage = None
        calls = {}
        for chunk in client.chat.completions.create(**ask, stream=True):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                refusal += choice.delta.refusal or ""
                reasoning += getattr(choice.delta, "reasoning_content", None) or ""
                stop = choice.finish_reason or stop
                for call in choice.delta.tool_calls or []:
                    slot = calls.setdefault(call.index, ["", "", ""])
                    slot[0] = call.id or slot[0]
                    slot[1] += call.function.name or ""
                    slot[2] += call.function.arguments or ""
        calls = [tuple(slot) for _, slot in sorted(calls.items())]
    counted = usage and {
        "input": usage.prompt_tokens,
        "output": usage.completion_tokens,
        "cached": (usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens) or 0,
    }
    calls = [{"id": i, "name": n, "arguments": arguments(a)} for i, n, a in calls]
    return dict(text=text, refusal=refusal, reasoning=reasoning, tool_calls=calls, stop=stop, usage=counted)


def read_anthropic(case):
    ask = dict(model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}])
    client = anthropic_client(case)
    if case["kind"] == "whole":
        answer = client.messages.create(**ask)
    else:
        with client.messages.stream(**ask) as stream:
            answer = stream.get_final_message()
    of = lambda kind: [block for block in answer.content if block.type == kind]
    def given(block):
        wrapped = block.input
        return wrapped["arguments"] if list(wrapped) == ["arguments"] and isinstance(wrapped["arguments"], str) else wrapped
    usage = answer.usage
    cached = usage.cache_read_input_tokens or 0
    details = getattr(answer, "stop_details", None)
    explanation = details.get("explanation") if isinstance(details, dict) else getattr(details, "explanation", None)
    return dict(
        text="".join(block.text for block in of("text")),
        refusal=explanation or "",
        reasoning="".join(block.thinking for block in of("thinking")),
        tool_calls=[{"id": b.id, "name": b.name, "arguments": given(b)} for b in of("tool_use")],
        stop=answer.stop_reason,
        usage={"input": usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0), "output": usage.output_tokens, "cached": cached},
    )


ERRORS = {400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError", 409: "ConflictError", 422: "UnprocessableEntityError", 429: "RateLimitError"}


def check(case):
    expect, read = case["expect"], read_openai if case["format"] == "openai_chat" else read_anthropic
    try:
        got = read(case)
    except (openai.APIError, anthropic.APIError) as error:
        if case["kind"] not in ("error", "sse-error"):
            raise
        if case["kind"] == "error":
            wanted = ERRORS.get(case["status"]) or ("APIStatusError" if case["status"] < 500 else "InternalServerError")
            names = [kind.__name__ for kind in type(error).__mro__]
            assert wanted in names, f"{names} instead of {wanted}"
        return
    assert case["kind"] in ("whole", "sse"), "no error was raised"
    for name, value in expect.items():
        if name == "usage" and value is None:
            continue
        assert got[name] == value, f"{name} is {got[name]!r}, not {value!r}"


def main(folder):
    files, failed = sorted(pathlib.Path(folder).glob("*.json")), 0
    for file in files:
        try:
            check(json.loads(file.read_text()))
        except Exception as error:  # every kind of failure is a finding
            failed += 1
            print(f"{file.name}: {type(error).__name__}: {str(error)[:400]}")
    print(f"{len(files) - failed} of {len(files)} cases read by the SDKs as they were meant")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
