//! Whether a stream falls behind: the first sixth of a run beside the last.

use super::{
    playing::{Committed, Played, State},
    report::percentile,
};

/// The share of a run that is its start, and that is its end: five minutes of half an hour.
const SHARE: f64 = 1.0 / 6.0;

/// The head of the table.
pub const HEAD: &str = "\
| System | Streams | Part | Behind while somebody speaks p50 | Behind at most | Committed p50 | p95 | Memory at most |
| --- | --- | --- | --- | --- | --- | --- | --- |";

/// A part of a run, from one second of the recording until another.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    from: f64,
    until: f64,
}

impl Part {
    fn has(self, second: f64) -> bool {
        (self.from..self.until).contains(&second)
    }

    fn states(self, streams: &[Played]) -> impl Iterator<Item = &State> {
        let all = streams.iter().flat_map(|played| &played.states);
        all.filter(move |state| self.has(state.heard))
    }

    fn committed(self, streams: &[Played]) -> impl Iterator<Item = &Committed> {
        let all = streams.iter().flat_map(|played| &played.committed);
        all.filter(move |word| self.has(word.end))
    }
}

/// The lines of a system that was played so many seconds: its start and its end.
pub fn lines(system: &str, streams: &[Played], seconds: f64) -> String {
    let window = seconds * SHARE;
    let start = Part {
        from: 0.0,
        until: window,
    };
    let end = Part {
        from: seconds - window,
        // With what comes after the last piece.
        until: f64::INFINITY,
    };
    let lines = [("first", start), ("last", end)].map(|(name, part)| {
        let cells = cells(part, streams);
        format!(
            "| {system} | {} | {name} {window:.0} s | {cells} |",
            streams.len()
        )
    });
    lines.join("\n")
}

/// What a peer does not tell is left empty.
fn cells(part: Part, streams: &[Played]) -> String {
    let behind: Vec<f64> = part.states(streams).map(|state| state.behind).collect();
    // In pauses nobody is behind; how many there are says nothing about the stream.
    let speaking: Vec<f64> = behind.iter().copied().filter(|one| *one > 0.0).collect();
    let delays: Vec<f64> = part.committed(streams).map(|word| word.delay).collect();
    let memory = part
        .states(streams)
        .filter_map(|state| state.resident)
        .max();
    [
        seconds(&speaking, 50.0),
        seconds(&behind, 100.0),
        seconds(&delays, 50.0),
        seconds(&delays, 95.0),
        memory.map_or(String::new(), |bytes| format!("{} MB", bytes / 1_000_000)),
    ]
    .join(" | ")
}

fn seconds(values: &[f64], percent: f64) -> String {
    if values.is_empty() {
        return String::new();
    }
    format!("{:.2} s", percentile(values, percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(heard: f64, behind: f64, resident: u64) -> State {
        State {
            heard,
            behind,
            resident: Some(resident),
        }
    }

    #[test]
    fn the_start_and_the_end_are_told_apart_and_pauses_left_out() {
        let played = Played {
            states: vec![
                state(1.0, 0.0, 5_000_000),
                state(2.0, 0.4, 6_000_000),
                state(30.0, 9.0, 900_000_000),
                state(60.0, 0.8, 7_000_000),
            ],
            committed: vec![
                Committed {
                    end: 3.0,
                    delay: 0.5,
                },
                Committed {
                    end: 59.0,
                    delay: 0.7,
                },
            ],
            ..Played::default()
        };
        assert_eq!(
            lines("Ours", &[played], 60.0),
            "| Ours | 1 | first 10 s | 0.40 s | 0.40 s | 0.50 s | 0.50 s | 6 MB |\n\
             | Ours | 1 | last 10 s | 0.80 s | 0.80 s | 0.70 s | 0.70 s | 7 MB |"
        );
    }

    #[test]
    fn what_a_peer_does_not_tell_is_left_empty() {
        let lines = lines("Theirs", &[Played::default()], 60.0);
        assert!(lines.starts_with("| Theirs | 1 | first 10 s |  |  |  |  |  |\n"));
    }
}
