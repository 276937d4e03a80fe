//! `cargo xtask CHORE`: the repository's rules from the command line.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use xtask::{CHORES, Chore};

fn main() -> ExitCode {
    let asked = std::env::args().nth(1).unwrap_or_default();
    let chosen: Vec<&Chore> = CHORES.iter().filter(|c| asked == "all" || asked == c.name).collect();
    if chosen.is_empty() {
        eprintln!("usage: cargo xtask CHORE\n");
        for chore in CHORES {
            eprintln!("  {:<9} {}", chore.name, chore.about);
        }
        eprintln!("  {:<9} every one of them", "all");
        return ExitCode::from(2);
    }
    let failed = chosen.iter().filter(|chore| !report(chore)).count();
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one chore and prints its findings; whether there were none.
fn report(chore: &Chore) -> bool {
    match (chore.run)(&xtask::workspace_root()) {
        Ok(found) if found.is_empty() => {
            eprintln!("{}: clean", chore.name);
            true
        }
        Ok(found) => {
            for problem in &found {
                eprintln!("{}: {problem}", chore.name);
            }
            eprintln!("{}: {} problems", chore.name, found.len());
            false
        }
        Err(fault) => {
            eprintln!("{}: could not look: {fault:#}", chore.name);
            false
        }
    }
}
