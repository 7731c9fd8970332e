//! The machine that the figures are from.

use std::{fs, process::Command, thread};

/// One line per fact, as Markdown.
pub fn description() -> String {
    let facts = [
        (
            "Date",
            jiff::Zoned::now().strftime("%F %H:%M %Z").to_string(),
        ),
        ("Processor", processor()),
        ("Memory", field("/proc/meminfo", "MemTotal")),
        ("System", system()),
        ("Compiler", printed("rustc", &["--version"])),
        (
            "Revision",
            printed("git", &["rev-parse", "--short", "HEAD"]),
        ),
        ("Load before", load()),
    ];
    let lines = facts.map(|(name, value)| format!("- {name}: {value}\n"));
    lines.concat()
}

/// The load averages of 1, 5 and 15 minutes: what else the machine was doing.
pub fn load() -> String {
    let line = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let averages: Vec<_> = line.split_whitespace().take(3).collect();
    averages.join(" ")
}

/// Threads that the processor runs at the same time.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Bytes of memory that this process holds, where the system tells (Linux).
pub fn resident_bytes() -> Option<u64> {
    let size = field("/proc/self/status", "VmRSS");
    let kilobytes: u64 = size.strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn processor() -> String {
    format!(
        "{}, {} threads",
        field("/proc/cpuinfo", "model name"),
        threads()
    )
}

fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .unwrap_or("unknown");
    format!("{}, {}", name.trim_matches('"'), printed("uname", &["-sr"]))
}

/// The first value of that name in a file of `name : value` lines.
fn field(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    value.unwrap_or("unknown").trim().to_owned()
}

fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.ok()
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}
