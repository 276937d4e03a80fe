"""LangChain's two chat models: invoke, stream, tools, structured output, asynchronous."""

import asyncio

import pydantic
import pytest
from conftest import MODELS
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings


# LangChain keeps its connections for the life of the process, so there is one event loop for all tests.
LOOP = asyncio.new_event_loop()


@pytest.fixture(params=["openai", "anthropic"])
def chat(request, urls, crossing):
    """A chat model of LangChain in this crossing."""
    model = MODELS[request.param][crossing]
    if request.param == "openai":
        return ChatOpenAI(
            model=model,
            base_url=urls["openai"],
            api_key=urls["key"],
            max_retries=0,
            timeout=20,
            # On by default only at OpenAI's own address.
            stream_usage=True,
        )
    return ChatAnthropic(
        model=model, base_url=urls["anthropic"], api_key=urls["key"], max_retries=0, timeout=20, max_tokens=400
    )


@tool
def get_forecast(city: str, days: int) -> str:
    """The weather to come."""
    return f"eleven degrees in {city} for {days} days"


class Port(pydantic.BaseModel):
    """A port."""

    name: str
    berths: int


def test_invoke(chat):
    answer = chat.invoke([SystemMessage("Be short."), HumanMessage("sim: tokens=12\nTell me of the tide.")])
    assert isinstance(answer, AIMessage) and len(answer.text) > 12
    assert answer.usage_metadata["output_tokens"] == 12


def test_stream(chat):
    whole = None
    pieces = 0
    for chunk in chat.stream("sim: tokens=12\nTell me of the tide."):
        whole = chunk if whole is None else whole + chunk
        pieces += 1
    assert pieces > 5 and len(whole.text) > 12
    assert whole.usage_metadata["output_tokens"] == 12


def test_asynchronous_batches_and_streams(chat):
    async def both():
        answers = await chat.abatch([f"sim: echo\nnumber {n}" for n in range(4)])
        streamed = [chunk.text async for chunk in chat.astream("sim: echo\nstreamed")]
        return [answer.text for answer in answers], "".join(streamed)

    answers, streamed = LOOP.run_until_complete(both())
    assert all(text.endswith(f"number {n}") for n, text in enumerate(answers))
    assert streamed.endswith("streamed")


def test_tools_are_called_and_their_results_used(chat):
    armed = chat.bind_tools([get_forecast])
    question = HumanMessage("use the tool")
    called = armed.invoke([question])
    [call] = called.tool_calls
    assert call["name"] == "get_forecast" and set(call["args"]) == {"city", "days"}
    result = get_forecast.invoke(call)
    assert isinstance(result, ToolMessage)
    assert "eleven degrees" in armed.invoke([question, called, result]).text


def test_streamed_tool_calls_add_up(chat):
    whole = None
    for chunk in chat.bind_tools([get_forecast]).stream("use the tool"):
        whole = chunk if whole is None else whole + chunk
    [call] = whole.tool_calls
    assert set(call["args"]) == {"city", "days"}


def test_structured_output(chat):
    assert isinstance(chat.with_structured_output(Port).invoke("Name a port."), Port)


def test_structured_output_by_schema(chat):
    assert isinstance(chat.with_structured_output(Port, method="json_schema").invoke("Name a port."), Port)


def test_embeddings(urls):
    embeddings = OpenAIEmbeddings(
        model="text-embedding-3-small",
        base_url=urls["openai"],
        api_key=urls["key"],
        check_embedding_ctx_length=False,
    )
    one, two = embeddings.embed_documents(["one", "two"])
    assert len(one) == len(two) > 8 and one != two
