"""What is measured, and what is due. A ratio compares CPU time with nginx as a plain proxy of the same traffic in the
same run; figures marked `own` compare with the gateway's own pass-through."""

import dataclasses

CHUNKS = 50


@dataclasses.dataclass(frozen=True)
class Scenario:
    """Load that runs against two gateways in turn; the figure is the median of the rounds' ratios."""

    name: str
    title: str
    due: float | None
    push: float | None
    load: tuple = ()
    upstream: tuple = ()
    stream: bool = False
    # What the second run is: nginx, or the same gateway without translation.
    against: str = "nginx"
    against_load: tuple | None = None


CHAT_64 = ("-c", "64")
STREAMS_16 = ("-c", "16", "--stream")

RATIOS = [
    Scenario("chat-64", "1 KiB chat, 64 connections", 2.0, 1.5, CHAT_64),
    Scenario("chat-16", "1 KiB chat, 16 connections", 2.0, 1.5, ("-c", "16")),
    Scenario("prompt-100k", "100 KB prompt, 16 connections", 1.6, 1.3, ("-c", "16", "--prompt-bytes", "102400")),
    Scenario("stream", "pass-through stream, closed loop, 16 connections", 2.0, 1.4, STREAMS_16, stream=True),
    Scenario(
        "stream-paced",
        "pass-through stream, 20 ms between events, 100 connections",
        1.5,
        1.2,
        ("-c", "100", "--stream", "--ramp", "1s"),
        ("--interval", "20ms"),
        stream=True,
    ),
    Scenario(
        "cross-chat",
        "OpenAI caller, Anthropic model: request, to own pass-through",
        2.0,
        None,
        ("--model", "crossed", *CHAT_64),
        against="tidegate",
        against_load=CHAT_64,
    ),
    Scenario(
        "cross-stream",
        "OpenAI caller, Anthropic model: stream event, to own pass-through",
        3.0,
        None,
        ("--model", "crossed", *STREAMS_16),
        stream=True,
        against="tidegate",
        against_load=STREAMS_16,
    ),
]

# Figures of the gateway alone: name, title, unit, due, push.
SINGLES = {
    "slow-streams": ("2,000 slow streams (200 ms): memory each", "KB", 32, 17),
    "idle": ("memory when idle", "MB", 25, None),
    "start": ("start to first answer", "ms", 50, None),
    "size": ("binary", "MB", 40, None),
    "latency": ("latency added at 2,000 requests/s, p50", "µs", None, None),
}

NAMES = [scenario.name for scenario in RATIOS] + list(SINGLES)
