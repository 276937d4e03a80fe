"""What an answer means, as the official SDK of its dialect reads it: the same words for both dialects.

A meaning has `text`, `refusal`, `reasoning`, `calls` (name and arguments), `stop` in OpenAI's words, `usage` (all
input, output) or None, `total` (tokens, where the provider says so), and `error`: what the SDK raised, or None.
"""

import json
from dataclasses import dataclass, field

import anthropic
import httpx
import openai

ASK = [{"role": "user", "content": "What did you say?"}]


@dataclass
class Meaning:
    text: str = ""
    refusal: str = ""
    reasoning: str = ""
    calls: list = field(default_factory=list)
    stop: str | None = None
    usage: tuple | None = None
    total: int | None = None
    error: Exception | None = None


def given(arguments):
    """Arguments as a value. Nothing is an empty object; what is no object stands whole in `arguments`."""
    try:
        value = json.loads(arguments) if arguments and arguments.strip() else {}
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"arguments": arguments}


def openai_parts(said):
    """Text and thoughts of a message or delta, wherever a compatible server puts them."""
    content = said.get("content") or ""
    thoughts = said.get("reasoning_content") or said.get("reasoning") or ""
    if not thoughts:
        details = said.get("reasoning_details") or []
        thoughts = "".join(one.get("text") or one.get("summary") or "" for one in details)
    if isinstance(content, str):
        return content, thoughts
    text = ""
    for part in content:
        if part["type"] == "thinking":
            thoughts += "".join(piece["text"] for piece in part["thinking"])
        elif part["type"] == "text":
            text += part["text"]
    return text, thoughts


def openai_usage(found, answer):
    """Groq has its own place for the counts of a stream."""
    if usage := answer.get("usage") or (answer.get("x_groq") or {}).get("usage"):
        found.usage = (usage["prompt_tokens"], usage["completion_tokens"])
        found.total = usage.get("total_tokens")


def openai_whole(client, model, **more):
    answer = client.chat.completions.create(model=model, messages=ASK, **more).to_dict(warnings=False)
    if not answer.get("choices"):
        return Meaning(error=ValueError(f"no answer: {answer}"))
    choice = answer["choices"][0]
    said = choice["message"]
    text, thoughts = openai_parts(said)
    calls = [(call["function"]["name"], given(call["function"]["arguments"])) for call in said.get("tool_calls") or []]
    found = Meaning(text, said.get("refusal") or "", thoughts, calls, choice.get("finish_reason"))
    openai_usage(found, answer)
    return found


def openai_stream(client, model, **more):
    found, slots = Meaning(), {}
    try:
        stream = client.chat.completions.create(
            model=model, messages=ASK, stream=True, stream_options={"include_usage": True}, **more
        )
        for chunk in stream:
            openai_chunk(found, slots, chunk.to_dict(warnings=False))
    except (openai.APIError, httpx.HTTPError, ValueError) as error:
        # ValueError: the SDK's own when a line of a stream is no JSON.
        found.error = error
    found.calls = [(name, given(arguments)) for name, arguments in slots.values()]
    return found


def openai_chunk(found, slots, chunk):
    openai_usage(found, chunk)
    for choice in chunk.get("choices") or []:
        delta = choice.get("delta") or {}
        text, thoughts = openai_parts(delta)
        found.text += text
        found.reasoning += thoughts
        found.refusal += delta.get("refusal") or ""
        found.stop = choice.get("finish_reason") or found.stop
        for call in delta.get("tool_calls") or []:
            slot = slots.setdefault(call.get("index", 0), ["", ""])
            slot[0] += call["function"].get("name") or ""
            slot[1] += call["function"].get("arguments") or ""


STOPS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def anthropic_message(message):
    """`tool_use` blocks are the caller's tools; those the provider ran have other types."""
    said = message.to_dict(warnings=False)
    blocks, usage = said["content"], said["usage"]
    pick = lambda kind, name: "".join(block[name] for block in blocks if block["type"] == kind)
    calls = [(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"]
    refusal = (said.get("stop_details") or {}).get("explanation") or ""
    stop = STOPS.get(said.get("stop_reason"))
    # Where a reason is given, OpenAI's dialect says it in words and ends like any answer.
    stop = "stop" if refusal and stop == "content_filter" else stop
    read = [usage.get(name) or 0 for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")]
    return Meaning(pick("text", "text"), refusal, pick("thinking", "thinking"), calls, stop, (sum(read), usage["output_tokens"]))


def anthropic_whole(client, model, **more):
    return anthropic_message(client.messages.create(model=model, messages=ASK, max_tokens=1000, **more))


def anthropic_stream(client, model, **more):
    error = None
    with client.messages.stream(model=model, messages=ASK, max_tokens=1000, **more) as stream:
        try:
            for _ in stream:
                pass
        except (anthropic.APIError, httpx.HTTPError, ValueError) as raised:
            error = raised
        found = anthropic_message(stream.current_message_snapshot)
    found.error = error
    return found


READERS = {
    ("openai", False): openai_whole,
    ("openai", True): openai_stream,
    ("anthropic", False): anthropic_whole,
    ("anthropic", True): anthropic_stream,
}


def read(dialect, is_stream, client, model, **more):
    """Asks and reads. What is raised before there is anything to read is the meaning's error, too."""
    try:
        return READERS[dialect, is_stream](client, model, **more)
    except (openai.APIError, anthropic.APIError) as error:
        return Meaning(error=error)
