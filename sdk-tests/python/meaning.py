"""What an answer means, as the official SDK of its dialect reads it: the same words for both dialects.

A meaning has `text`, `refusal`, `reasoning`, `calls` (name and arguments) and their `ids`, `links` (the pages that are
cited), `stop` in OpenAI's words, `usage` (all input, of that from a cache, output) or None, `total` (tokens, where the
provider says so), the answer's `id`, and `error`: what the SDK raised, or None.
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
    ids: list = field(default_factory=list)
    links: list = field(default_factory=list)
    stop: str | None = None
    usage: tuple | None = None
    total: int | None = None
    id: str | None = None
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
    """Groq has a place of its own for the counts of a stream, Moonshot for what came from a cache."""
    if usage := answer.get("usage") or (answer.get("x_groq") or {}).get("usage"):
        details = usage.get("prompt_tokens_details") or {}
        cached = details.get("cached_tokens") or usage.get("cached_tokens") or 0
        found.usage = (usage["prompt_tokens"], cached, usage["completion_tokens"])
        found.total = usage.get("total_tokens")


def openai_whole(client, model, **more):
    return openai_completion(client.chat.completions.create(model=model, messages=ASK, **more))


def openai_helped(client, model):
    """A stream, put together by the SDK's own helper."""
    options = {"include_usage": True}
    with client.chat.completions.stream(model=model, messages=ASK, stream_options=options) as stream:
        return openai_completion(stream.get_final_completion())


def openai_completion(completion):
    answer = completion.to_dict(warnings=False)
    if not answer.get("choices"):
        return Meaning(error=ValueError(f"no answer: {answer}"))
    choice = answer["choices"][0]
    said = choice["message"]
    text, thoughts = openai_parts(said)
    found = Meaning(text, said.get("refusal") or "", thoughts, stop=choice.get("finish_reason"), id=answer.get("id"))
    for call in said.get("tool_calls") or []:
        found.calls.append((call["function"]["name"], given(call["function"]["arguments"])))
        found.ids.append(call.get("id"))
    found.links = openai_links(said)
    openai_usage(found, answer)
    return found


def openai_links(said):
    notes = said.get("annotations") or []
    return [note["url_citation"]["url"] for note in notes if note["type"] == "url_citation"]


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
    found.calls = [(name, given(arguments)) for _, name, arguments in slots.values()]
    found.ids = [call for call, _, _ in slots.values()]
    return found


def openai_chunk(found, slots, chunk):
    openai_usage(found, chunk)
    found.id = found.id or chunk.get("id")
    for choice in chunk.get("choices") or []:
        delta = choice.get("delta") or {}
        text, thoughts = openai_parts(delta)
        found.text += text
        found.reasoning += thoughts
        found.refusal += delta.get("refusal") or ""
        found.stop = choice.get("finish_reason") or found.stop
        found.links += openai_links(delta)
        for call in delta.get("tool_calls") or []:
            slot = slots.setdefault(call.get("index", 0), [None, "", ""])
            slot[0] = slot[0] or call.get("id")
            slot[1] += call["function"].get("name") or ""
            slot[2] += call["function"].get("arguments") or ""


STOPS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


# Where citations name a page; those of documents do not.
LINKS = {"web_search_result_location": "url", "search_result_location": "source"}


def anthropic_message(message):
    """`tool_use` blocks are the caller's tools; those the provider ran have other types."""
    said = message.to_dict(warnings=False)
    blocks, usage = said["content"], said["usage"]
    pick = lambda kind, name: "".join(block[name] for block in blocks if block["type"] == kind)
    tools = [block for block in blocks if block["type"] == "tool_use"]
    notes = [note for block in blocks for note in block.get("citations") or []]
    refusal = (said.get("stop_details") or {}).get("explanation") or ""
    stop = STOPS.get(said.get("stop_reason"))
    # Where a reason is given, OpenAI's dialect says it in words and ends like any answer.
    stop = "stop" if refusal and stop == "content_filter" else stop
    fresh, cached, written = (
        usage.get(name) or 0 for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    )
    return Meaning(
        text=pick("text", "text"),
        refusal=refusal,
        reasoning=pick("thinking", "thinking"),
        calls=[(block["name"], block["input"]) for block in tools],
        ids=[block["id"] for block in tools],
        links=[note[LINKS[note["type"]]] for note in notes if note["type"] in LINKS],
        stop=stop,
        usage=(fresh + cached + written, cached, usage["output_tokens"]),
        id=said["id"],
    )


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
