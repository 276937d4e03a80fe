"""The gateways under measurement and what stands around them: how each is configured, started, read and stopped."""

import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import tempfile
import time

GATEWAY_CORE = "0"
LOAD_CORE = "1"
KEY = "tg-bench-key"
STARTUP_SECONDS = 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def raise_file_limit():
    """Thousands of streams need two sockets each; children inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Process:
    """A child on one core, stopped at the end of a `with` block together with its own children."""

    def __init__(self, command, core, log):
        self.command = ["taskset", "-c", core, *map(str, command)]
        self.log = log

    def __enter__(self):
        self.output = open(self.log, "ab")
        self.child = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output, start_new_session=True
        )
        return self

    def __exit__(self, *_):
        self.child.terminate()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            # Our own session: nothing but what this process started.
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        self.output.close()

    def pids(self):
        """The process and its children (nginx: master and workers)."""
        found = [self.child.pid]
        for task in pathlib.Path(f"/proc/{self.child.pid}/task").glob("*/children"):
            found += [int(pid) for pid in task.read_text().split()]
        return found

    def cpu_seconds(self):
        """CPU time used so far: to the nanosecond where the kernel tells, in clock ticks otherwise."""
        fine = coarse = 0.0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
                fine += int(task.read_text().split()[0]) / 1e9
            # The name in parentheses may hold spaces.
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            coarse += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        # Threads that have ended are in the coarse figure only.
        return fine if fine >= coarse * 0.97 - 0.05 else coarse

    def rss_bytes(self):
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1]) * 1024
        return total

    def wait_for_port(self, port):
        end = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < end:
            if self.child.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.01)
        raise RuntimeError(f"{self.command[3]} does not listen on {port}: {self.said()}")

    def said(self):
        return pathlib.Path(self.log).read_text(errors="replace")[-2000:]


def request_bytes(port, model="bench"):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}]}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {KEY}\r\n"
        f"content-type: application/json\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answer_status(port):
    """Status of one request, or None while nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(request_bytes(port))
            first = connection.recv(4096)
    except OSError:
        return None
    return int(first.split()[1]) if first.startswith(b"HTTP/1.1 ") else None


def nginx_config(folder, port, upstream, stream):
    temporary = "\n  ".join(
        f"{kind}_temp_path {folder}/nginx-{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""daemon off; worker_processes 1; worker_rlimit_nofile 65536; pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log crit;
events {{ worker_connections 16384; }}
http {{
  access_log off; client_max_body_size 64m; client_body_buffer_size 256k;
  keepalive_requests 1000000000; keepalive_timeout 600s;
  {temporary}
  upstream up {{ server 127.0.0.1:{upstream}; keepalive 4096; keepalive_requests 1000000000; keepalive_timeout 600s; }}
  server {{
    listen 127.0.0.1:{port} backlog=8192;
    location / {{
      proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering {"off" if stream else "on"};
    }}
  }}
}}
"""


def tidegate_config(port, admin, upstream):
    """Key check, limits, usage, metrics, record and access log on: what a gateway is for."""
    return f"""server:
  listen: 127.0.0.1:{port}
  admin: 127.0.0.1:{admin}
  limits: {{ max_connections: 20000, max_inflight: 20000 }}
logs: {{ access: /dev/null, level: warn }}
providers:
  openai: {{ kind: openai, base_url: "http://127.0.0.1:{upstream}/v1", credentials: [{{ key: sk-upstream }}] }}
  anthropic: {{ kind: anthropic, base_url: "http://127.0.0.1:{upstream}", credentials: [{{ key: sk-upstream }}] }}
models:
  bench: {{ targets: [openai/bench] }}
  crossed: {{ targets: [anthropic/bench] }}
access:
  keys:
    bench: {{ key: {KEY} }}
"""


class Bench:
    """Everything for one scenario: a folder, an upstream and both gateways in front of it."""

    def __init__(self, binary, upstream_arguments, stream):
        self.binary = binary
        self.upstream_arguments = upstream_arguments
        self.stream = stream

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tidegate-bench-")
        self.path = pathlib.Path(self.folder.name)
        self.upstream_port = free_port()
        command = [self.binary, "bench", "upstream", "--listen", f"127.0.0.1:{self.upstream_port}"]
        self.upstream = Process(command + self.upstream_arguments, LOAD_CORE, self.path / "upstream.log")
        self.upstream.__enter__()
        self.upstream.wait_for_port(self.upstream_port)
        return self

    def __exit__(self, *_):
        self.upstream.__exit__()
        self.folder.cleanup()

    def gateway(self, name):
        """The gateway of that name and its port; not started."""
        port = free_port()
        config = self.path / f"{name}-{port}.conf"
        if name == "nginx":
            config.write_text(nginx_config(self.path, port, self.upstream_port, self.stream))
            command = ["nginx", "-p", self.path, "-c", config]
        else:
            config = config.with_suffix(".yaml")
            config.write_text(tidegate_config(port, free_port(), self.upstream_port))
            command = [self.binary, "serve", "-c", config]
        return Process(command, GATEWAY_CORE, self.path / f"{name}.log"), port

    def load(self, port, arguments, seconds):
        """Runs the load generator to its end and returns its report."""
        return json.loads(self.start_load(port, arguments, seconds).communicate(timeout=seconds + 180)[0])

    def start_load(self, port, arguments, seconds):
        command = ["taskset", "-c", LOAD_CORE, self.binary, "bench", f"http://127.0.0.1:{port}", "--json"]
        command += ["--key", KEY, "--duration", f"{seconds}s", *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
