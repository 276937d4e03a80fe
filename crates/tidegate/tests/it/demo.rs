//! `tidegate demo`, as somebody new to it would try it.

use crate::{
    client::get,
    process::{Tidegate, until},
};
use std::process::Command;

const ARGUMENTS: [&str; 5] = ["demo", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

/// The commands that the demo prints.
fn curls(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    joined.lines().map(str::trim).filter(|line| line.starts_with("curl ")).map(str::to_owned).collect()
}

#[test]
fn its_three_commands_work_as_printed_and_nothing_is_left_behind() {
    let mut demo = Tidegate::start(&ARGUMENTS);
    demo.says("listening on http://", 1);
    let commands =
        until("three commands", || Some(curls(&demo.out())).filter(|commands| commands.len() == 3));
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: there is no curl");
        return;
    }
    let run = |command: &str| {
        let output =
            Command::new("sh").args(["-c", &command.replacen("curl ", "curl -m 30 ", 1)]).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let streamed = run(&commands[0]);
    assert!(streamed.starts_with("data: {") && streamed.trim_end().ends_with("data: [DONE]"), "{streamed}");
    let message: serde_json::Value = serde_json::from_str(&run(&commands[1])).unwrap();
    assert_eq!(
        (message["type"].as_str(), message["role"].as_str()),
        (Some("message"), Some("assistant")),
        "{message}"
    );
    assert!(run(&commands[2]).contains("tidegate_requests_total"));

    demo.signal("INT");
    assert_eq!(demo.ended(), 0, "{}", demo.err());
    assert!(demo.files().is_empty(), "{:?}", demo.files());
    assert!(!demo.err().contains("ERROR") && !demo.err().contains("panicked"), "{}", demo.err());
}

#[test]
fn it_makes_traffic_of_its_own_that_goes_well() {
    let demo = Tidegate::start(&ARGUMENTS);
    let admin = demo.admin();
    let sum = |metrics: &str, kind: &str| -> f64 {
        let lines =
            metrics.lines().filter(|line| line.starts_with("tidegate_requests_total") && line.contains(kind));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    let metrics = until("four calls to end", || {
        Some(get(&admin, "/metrics").unwrap().body).filter(|metrics| sum(metrics, "outcome=\"ok\"") >= 4.0)
    });
    let calls: Vec<_> = metrics.lines().filter(|line| line.starts_with("tidegate_requests_total")).collect();
    assert_eq!(sum(&metrics, ""), sum(&metrics, "outcome=\"ok\""), "{calls:#?}");
    assert!(metrics.contains("model=\"claude-") && metrics.contains("model=\"gpt-"), "{calls:#?}");
}
