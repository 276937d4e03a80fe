"""What a provider of each dialect demands of a request, checked the way a strict one would: every function returns a
list of complaints, empty when there is nothing to say."""

import json
import re

NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}\Z")

TOP = {
    "openai": set(
        "model messages stream stream_options tools tool_choice parallel_tool_calls response_format reasoning_effort "
        "max_tokens max_completion_tokens temperature top_p stop user safety_identifier prompt_cache_key "
        "service_tier metadata store verbosity".split()
    ),
    "anthropic": set(
        "model messages stream system tools tool_choice thinking output_config max_tokens temperature top_p top_k "
        "stop_sequences metadata service_tier cache_control context_management mcp_servers container".split()
    ),
}


def complaints(dialect, body):
    own = {"openai": of_openai, "anthropic": of_anthropic}[dialect]
    found = [f"{name} is no field of this dialect" for name in body.keys() - TOP[dialect]]
    if not isinstance(body.get("model"), str) or not body.get("messages"):
        return found + ["model and messages are demanded"]
    return found + list(own(body))


def of_openai(body):
    open_calls = set()
    for number, message in enumerate(body["messages"]):
        at, role, content = f"messages[{number}]", message["role"], message.get("content")
        if role not in ("system", "developer", "user", "assistant", "tool"):
            yield f"{at}: role {role}"
        if role != "tool" and open_calls:
            yield f"{at}: calls {open_calls} have no result before it"
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                yield f"{at}: the result of no call"
            open_calls.discard(message.get("tool_call_id"))
        calls = message.get("tool_calls") or []
        if content is None and not calls and not message.get("refusal"):
            yield f"{at}: says nothing"
        yield from openai_content(at, role, content)
        for call in calls:
            open_calls.add(call["id"])
            if call["type"] != "function" or not NAME.match(call["function"]["name"]):
                yield f"{at}: a call of {call}"
            json.loads(call["function"]["arguments"])
    for tool in body.get("tools", []):
        if tool["type"] != "function" or not NAME.match(tool["function"]["name"]):
            yield f"tool {tool}"
    if "stream_options" in body and not body.get("stream"):
        yield "stream_options without a stream"
    if "tool_choice" in body and not body.get("tools"):
        yield "tool_choice without tools"


def openai_content(at, role, content):
    if not isinstance(content, list):
        return
    kinds = {"user": {"text", "image_url", "input_audio", "file"}, "assistant": {"text", "refusal"}}.get(role, {"text"})
    for part in content:
        if part["type"] not in kinds or part["type"] not in part:
            yield f"{at}: a part {part['type']} of {role}"
        if not content:
            yield f"{at}: an empty list"


def of_anthropic(body):
    limit = body.get("max_tokens")
    if not isinstance(limit, int) or limit < 1:
        yield f"max_tokens {limit}"
    budget = (body.get("thinking") or {}).get("budget_tokens")
    if budget is not None and not 1024 <= budget < limit:
        yield f"a budget of {budget} within {limit}"
    if not 0 <= body.get("temperature", 0) <= 1:
        yield "temperature beyond 1"
    # Who speaks first does not matter: Anthropic gave up that rule.
    open_calls, before = set(), None
    for number, message in enumerate(body["messages"]):
        at, role = f"messages[{number}]", message["role"]
        if role not in ("user", "assistant", "system") or role == before:
            yield f"{at}: role {role} after {before}"
        before = role
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if not blocks:
            yield f"{at}: says nothing"
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if results != open_calls:
            yield f"{at}: results of {results}, calls of {open_calls}"
        heads = [block["type"] == "tool_result" for block in blocks]
        if heads != sorted(heads, reverse=True):
            yield f"{at}: results do not come first"
        open_calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
        for block in blocks:
            yield from anthropic_block(at, role, block)
    if open_calls:
        yield f"calls {open_calls} have no result"
    yield from anthropic_tools(body)


def anthropic_block(at, role, block):
    kind = block["type"]
    kinds = {
        "user": {"text", "image", "document", "tool_result"},
        "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
    }.get(role, {"text"})
    if kind not in kinds:
        yield f"{at}: a block {kind} of {role}"
    if kind == "text" and not block["text"].strip():
        yield f"{at}: blank text"
    if kind == "tool_use":
        if not (NAME.match(block["id"]) and NAME.match(block["name"]) and isinstance(block["input"], dict)):
            yield f"{at}: a call {block}"
    if kind == "thinking" and not block.get("signature"):
        yield f"{at}: an unsigned thought"
    if kind in ("image", "document") and block["source"]["type"] not in ("base64", "url", "text"):
        yield f"{at}: a source {block['source']['type']}"


def anthropic_tools(body):
    for tool in body.get("tools", []):
        if not NAME.match(tool["name"]) or tool.get("input_schema", {}).get("type") != "object":
            yield f"tool {tool}"
    choice = (body.get("tool_choice") or {}).get("type", "auto")
    if choice not in ("auto", "any", "tool", "none"):
        yield f"tool_choice {choice}"
    if choice in ("any", "tool") and (body.get("thinking") or {}).get("type", "disabled") != "disabled":
        yield "a forced tool beside thinking"
    if "tool_choice" in body and not body.get("tools"):
        yield "tool_choice without tools"
