#!/usr/bin/env python3
"""Measures Tidegate beside nginx on this machine: `make bench`, or `bench/run.py --only chat-64 --seconds 3`.

The gateway runs on one core, load and upstream on another. Runs of both gateways alternate, so that the machine's drift
hits both; figures are medians of the rounds. Prints a Markdown table and writes bench/results.json.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

import gateways
import scenarios
from gateways import Bench

ROOT = pathlib.Path(__file__).resolve().parent.parent
SLOW_STREAMS = 2000
WARMUP_SECONDS = 1


def build():
    """Builds what is shipped, and says where it is."""
    subprocess.run(["cargo", "build", "--profile", "dist", "-p", "tidegate"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return (ROOT / target / "dist" / "tidegate").resolve()


def check(report, what):
    """A figure from failing requests would be a figure of something else."""
    if report["failed"] > report["requests"] / 1000:
        raise RuntimeError(f"{what}: {report['failed']} of {report['requests']} requests failed: {report['errors']}")
    return report


def cpu_run(bench, process, port, load, seconds, stream):
    """CPU time of a gateway for a request, or for an event of a stream, and the load's report."""
    before = process.cpu_seconds()
    report = check(bench.load(port, load, seconds), process.command[3])
    used = process.cpu_seconds() - before
    if stream and report["events"] < report["requests"] * scenarios.CHUNKS:
        raise RuntimeError(f"{process.command[3]}: events are missing: {report['events']} in {report['requests']} streams")
    # Content chunks, which all gateways pass on one for one, not events: lifecycle frames may differ.
    units = report["requests"] * (scenarios.CHUNKS if stream else 1)
    return used / units * 1e6, report


def arrivals(report):
    return round((report["gap_us"]["count"] + report["requests"]) / report["events"], 3) if report["events"] else None


def ratio(scenario, options):
    """Alternates the two runs and returns the median of their ratios."""
    against_load = scenario.against_load or scenario.load
    rounds = []
    with Bench(options.bin, list(scenario.upstream), scenario.stream) as bench:
        process, port = bench.gateway("tidegate")
        with process:
            process.wait_for_port(port)
            other, other_port = (process, port) if scenario.against == "tidegate" else bench.gateway("nginx")
            if other is not process:
                other.__enter__()
            try:
                other.wait_for_port(other_port)
                bench.load(other_port, against_load, WARMUP_SECONDS)
                bench.load(port, scenario.load, WARMUP_SECONDS)
                for _ in range(options.rounds):
                    base = cpu_run(bench, other, other_port, against_load, options.seconds, scenario.stream)
                    ours = cpu_run(bench, process, port, scenario.load, options.seconds, scenario.stream)
                    rounds.append((ours, base))
            except Exception as problem:
                raise RuntimeError(f"{problem}\n{process.said()}\n{other.said()}") from problem
            finally:
                if other is not process:
                    other.__exit__()
    middle = lambda values: None if None in values else statistics.median(values)
    return {
        "ratio": middle([ours[0] / base[0] for ours, base in rounds]),
        "tidegate_us": middle([ours[0] for ours, _ in rounds]),
        "against": scenario.against,
        "against_us": middle([base[0] for _, base in rounds]),
        "first_byte_p50_us": middle([ours[1]["first_byte_us"]["p50"] for ours, _ in rounds]),
        "against_first_byte_p50_us": middle([base[1]["first_byte_us"]["p50"] for _, base in rounds]),
        # As the load generator saw them: below 1 where it found several events waiting.
        "arrivals_per_event": middle([arrivals(ours[1]) for ours, _ in rounds]),
        "against_arrivals_per_event": middle([arrivals(base[1]) for _, base in rounds]),
        "requests_per_second": middle([ours[1]["requests_per_second"] for ours, _ in rounds]),
        "rounds": [[round(ours[0], 3), round(base[0], 3)] for ours, base in rounds],
    }


def slow_streams(options):
    """Memory of each of 2,000 open streams, over what the gateway holds when idle."""
    figures = {}
    with Bench(options.bin, ["--interval", "200ms", "--chunks", "60"], True) as bench:
        for name in ("tidegate", "nginx"):
            process, port = bench.gateway(name)
            with process:
                process.wait_for_port(port)
                assert gateways.answer_status(port) == 200, f"{name} does not answer: {process.said()}"
                idle = process.rss_bytes()
                arguments = ["-c", str(SLOW_STREAMS), "-n", str(SLOW_STREAMS), "--stream", "--ramp", "3s"]
                load = bench.start_load(port, arguments, 10)
                # All are open after the ramp of 3 s and none ends before 12 s have passed.
                peak = 0
                for _ in range(10):
                    time.sleep(1)
                    peak = max(peak, process.rss_bytes())
                check(json.loads(load.communicate(timeout=120)[0]), name)
                figures[name] = {"each": (peak - idle) / SLOW_STREAMS / 1024, "idle_mb": idle / 2**20, "peak_mb": peak / 2**20}
    return {"value": figures["tidegate"]["each"], "nginx": figures["nginx"]["each"], "detail": figures}


def start(options):
    """Milliseconds from starting the process to the first answer that came through it, and its memory then."""
    times, memory = {"tidegate": [], "nginx": []}, {}
    with Bench(options.bin, [], False) as bench:
        for _ in range(max(options.rounds, 5)):
            for name in times:
                process, port = bench.gateway(name)
                begun = time.perf_counter()
                with process:
                    while (status := gateways.answer_status(port)) != 200:
                        if process.child.poll() is not None or time.perf_counter() - begun > gateways.STARTUP_SECONDS:
                            raise RuntimeError(f"{name} did not answer 200 but {status}: {process.said()}")
                        time.sleep(0.0005)
                    times[name].append((time.perf_counter() - begun) * 1e3)
                    time.sleep(0.5)
                    memory[name] = process.rss_bytes() / 2**20
    return {name: statistics.median(values) for name, values in times.items()}, memory


def latency(options):
    """What each gateway adds to the direct way at 2,000 requests a second, in microseconds."""
    arguments = ["-c", "64", "--rate", "2000"]
    added = {"tidegate": [], "nginx": []}
    with Bench(options.bin, [], False) as bench:
        running = {name: bench.gateway(name) for name in added}
        with running["tidegate"][0], running["nginx"][0]:
            for process, port in running.values():
                process.wait_for_port(port)
                bench.load(port, arguments, WARMUP_SECONDS)
            for _ in range(options.rounds):
                direct = check(bench.load(bench.upstream_port, arguments, options.seconds), "direct")["latency_us"]
                for name, (_, port) in running.items():
                    ours = check(bench.load(port, arguments, options.seconds), name)["latency_us"]
                    added[name].append((ours["p50"] - direct["p50"], ours["p99"] - direct["p99"]))
    middle = lambda name, index: statistics.median(pair[index] for pair in added[name])
    return {
        "value": middle("tidegate", 0),
        "nginx": middle("nginx", 0),
        "p99": middle("tidegate", 1),
        "nginx_p99": middle("nginx", 1),
    }


def single(name, options, started):
    if name == "slow-streams":
        return slow_streams(options)
    if name == "size":
        return {"value": options.bin.stat().st_size / 2**20, "nginx": pathlib.Path(shutil.which("nginx")).stat().st_size / 2**20}
    if name == "latency":
        return latency(options)
    if not started:
        started.extend(start(options))
    times, memory = started
    chosen = memory if name == "idle" else times
    return {"value": chosen["tidegate"], "nginx": chosen["nginx"]}


def verdict(measured, due, push):
    if due is None:
        return "–"
    if measured > due:
        return "**misses**"
    return "pass" if push is None or measured > push else "pass, pushed"


def row(result):
    due = "–" if result["due"] is None else f"≤ {result['due']:g}{result['unit']}"
    push = "–" if result["push"] is None else f"{result['push']:g}{result['unit']}"
    figures = result["figures"]
    if "ratio" in figures:
        measured = f"{figures['ratio']:.2f} ({figures['tidegate_us']:.1f} µs : {figures['against_us']:.1f} µs)"
    else:
        measured = f"{figures['value']:.1f}{result['unit']} (nginx {figures['nginx']:.1f})"
        if "p99" in figures:
            measured += f", p99 {figures['p99']:.0f} µs (nginx {figures['nginx_p99']:.0f})"
    return f"| {result['title']} | {due} | {push} | {measured} | {result['verdict']} |"


def measure(options):
    started = []
    for name in options.only or scenarios.NAMES:
        scenario = next((scenario for scenario in scenarios.RATIOS if scenario.name == name), None)
        if scenario:
            figures = ratio(scenario, options)
            result = {"title": scenario.title, "unit": " ×", "due": scenario.due, "push": scenario.push}
            value = figures["ratio"]
        else:
            title, unit, due, push = scenarios.SINGLES[name]
            figures = single(name, options, started)
            result = {"title": title, "unit": f" {unit}", "due": due, "push": push}
            value = figures["value"]
        result |= {"name": name, "figures": figures, "verdict": verdict(value, result["due"], result["push"])}
        yield result


def machine():
    model = next((line for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown").split(":")[-1]
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip()
    return {"cpu": model.strip(), "cores": os.cpu_count(), "kernel": platform.release(), "nginx": nginx}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="NAME", choices=scenarios.NAMES, help="a scenario; may be repeated")
    parser.add_argument("--seconds", type=float, default=5, help="length of a run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each gateway")
    parser.add_argument("--bin", type=pathlib.Path, help="a tidegate binary to measure, instead of building one")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench" / "results.json")
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    options = parser.parse_args()
    if options.list:
        print("\n".join(scenarios.NAMES))
        return 0
    if shutil.which("nginx") is None or shutil.which("taskset") is None or (os.cpu_count() or 1) < 2:
        sys.exit("bench: needs nginx, taskset and two cores")
    gateways.raise_file_limit()
    load_before = os.getloadavg()[0]
    if load_before > 0.5:
        print(f"bench: the machine is busy (load {load_before:.1f}); figures will be worse than they are", file=sys.stderr)
    options.bin = (options.bin or build()).resolve()
    results = []
    print("| work | due | push | measured | |\n| --- | --- | --- | --- | --- |", flush=True)
    for result in measure(options):
        results.append(result)
        print(row(result), flush=True)
    report = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": load_before,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "results": results,
    }
    options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return 1 if any(result["verdict"] == "**misses**" for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
