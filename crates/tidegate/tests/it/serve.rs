//! Starting a gateway: from a file, from the environment, on sockets that are taken, and what it refuses.

use crate::{
    client::{CHAT, call, chat, exchange, get, post},
    process::{Tidegate, config, run, stderr, until},
};
use std::{
    net::TcpListener,
    os::unix::{fs::PermissionsExt, net::UnixStream},
    time::Instant,
};

#[test]
fn a_gateway_answers_in_both_dialects_and_writes_it_down() {
    let sim = Tidegate::sim(&["--key", "sk-up", "--key", "sk-claude"]);
    let start = Instant::now();
    let gateway = Tidegate::serve(&config(&sim.url(), ""));
    let address = gateway.address();
    assert_eq!(get(&address, "/v1/models").unwrap().status, 200);
    println!("from the start to the first answer: {:?} (unoptimised)", start.elapsed());

    let answer = post(&address, CHAT, &chat(false, "tokens=5"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["usage"]["completion_tokens"], 5);
    let id = answer.header("x-request-id").unwrap().to_owned();
    let body = r#"{"model":"claude/claude-haiku-4-5","max_tokens":20,"messages":[{"role":"user","content":"hello"}]}"#;
    assert_eq!(post(&address, "/v1/messages", body).json()["type"], "message");
    assert_eq!(post(&address, CHAT, &body.replace("claude/claude-haiku-4-5", "nobody")).status, 404);

    // Records go to standard output, one JSON line each.
    let records: Vec<serde_json::Value> = until("three records", || {
        let lines: Vec<_> = gateway.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (lines.len() >= 4).then_some(lines)
    });
    assert!(records.iter().any(|record| record["id"] == id.as_str() && record["usage"]["output"] == 5));
    assert!(!gateway.out().contains("sk-up") && !gateway.err().contains("sk-up"));

    let metrics = until("the metrics", || {
        let metrics = get(&gateway.admin(), "/metrics").unwrap().body;
        metrics.contains("tidegate_requests_total").then_some(metrics)
    });
    assert!(
        metrics.contains("tidegate_upstream_connections") && metrics.contains("tidegate_connections"),
        "{metrics}"
    );
    assert_eq!(get(&gateway.admin(), "/healthz").unwrap().status, 200);
    assert_eq!(get(&gateway.admin(), "/readyz").unwrap().status, 200);
    assert_eq!(
        get(&address, "/metrics").unwrap().status,
        404,
        "the admin's paths are not on the callers' side"
    );
}

#[test]
fn a_caller_that_hangs_up_stops_the_provider() {
    let sim = Tidegate::sim(&[]);
    let gateway = Tidegate::serve(&config(&sim.url(), ""));
    let stats = || get(sim.url().strip_prefix("http://").unwrap(), "/sim/stats").unwrap().json();
    for stream in [true, false] {
        let before = stats()["cancelled"].as_u64().unwrap();
        let mut socket = crate::client::connect(&gateway.address()).unwrap();
        let body = chat(stream, if stream { "stall_after=3" } else { "delay=20s" });
        let request = format!(
            "POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        std::io::Write::write_all(&mut socket, request.as_bytes()).unwrap();
        until("the call to arrive", || (stats()["in_flight"].as_u64() == Some(1)).then_some(()));
        drop(socket);
        until("the call to be cancelled", || (stats()["cancelled"].as_u64() > Some(before)).then_some(()));
    }
    until("both records", || (gateway.out().matches("\"code\":\"caller_gone\"").count() == 2).then_some(()));
}

#[test]
fn keys_from_the_environment_are_enough() {
    // Without a file the ports are the default ones, which may be somebody's on this machine.
    if TcpListener::bind("127.0.0.1:8080").is_err() || TcpListener::bind("127.0.0.1:8081").is_err() {
        println!("skipped: port 8080 or 8081 is in use");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gateway = Tidegate::start_in(
        folder,
        &["serve"],
        &[("OPENAI_API_KEY", "sk-env-1"), ("ANTHROPIC_API_KEY", "sk-env-2")],
    );
    assert_eq!(gateway.address(), "127.0.0.1:8080");
    let models = get("127.0.0.1:8080", "/v1/models").unwrap().json();
    let names: Vec<_> =
        models["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert!(
        names.iter().any(|name| name.starts_with("gpt-"))
            && names.iter().any(|name| name.starts_with("claude-"))
    );
    assert!(!gateway.err().contains("sk-env"), "{}", gateway.err());
}

#[test]
fn without_a_file_or_a_key_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["serve"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("OPENAI_API_KEY"), "{}", stderr(&output));
}

#[test]
fn it_does_not_serve_the_world_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let open = config("http://127.0.0.1:9", "").replace("listen: '127.0.0.1:0'", "listen: '0.0.0.0:0'");
    std::fs::write(folder.path().join("tidegate.yaml"), &open).unwrap();
    let output = run(folder.path(), &["serve", "-c", "tidegate.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("access"), "{}", stderr(&output));
    let gateway = Tidegate::serve(&format!("{open}access: {{ keys: {{ ci: {{ key: tg-ci }} }} }}\n"));
    let address = gateway.address().replace("0.0.0.0", "127.0.0.1");
    assert_eq!(get(&address, "/v1/models").unwrap().status, 401);
    assert_eq!(call(&address, "GET", "/v1/models", "x-api-key: tg-ci\r\n", "").unwrap().status, 200);
}

#[test]
fn a_port_that_is_taken_is_a_plain_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for field in ["listen", "admin"] {
        let folder = tempfile::tempdir().unwrap();
        let yaml = config("http://127.0.0.1:9", "")
            .replace(&format!("{field}: '127.0.0.1:0'"), &format!("{field}: '{address}'"));
        std::fs::write(folder.path().join("tidegate.yaml"), yaml).unwrap();
        let output = run(folder.path(), &["serve", "-c", "tidegate.yaml"]);
        assert_eq!(output.status.code(), Some(1), "{field}");
        assert!(stderr(&output).contains(&address), "{field}: {}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"));
    }
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["sim", "--listen", &address]);
    assert!(output.status.code() == Some(1) && stderr(&output).contains(&address), "{}", stderr(&output));
}

#[test]
fn a_unix_socket_is_served_and_taken_away_again() {
    let yaml = config("http://127.0.0.1:9", "")
        .replace("listen: '127.0.0.1:0'", "listen: 'unix:gate.sock', unix_mode: '0600'");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tidegate.yaml"), yaml).unwrap();
    let mut gateway = Tidegate::start_in(folder, &["serve", "-c", "tidegate.yaml"], &[]);
    gateway.says("listening on unix:", 1);
    let path = gateway.path("gate.sock");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let stream = UnixStream::connect(&path).unwrap();
    assert_eq!(exchange(stream, "x", "GET", "/v1/models", "", "").unwrap().status, 200);
    gateway.signal("TERM");
    assert_eq!(gateway.ended(), 0);
    assert_eq!(gateway.files(), ["tidegate.yaml"]);
}
