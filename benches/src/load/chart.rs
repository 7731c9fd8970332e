//! The picture of the curves: rate, latency and memory, one below the other.

use super::{
    panel::{Line, Panel, SIZE},
    scaling::{Curve, Point},
};

/// A percentile: its name, its dashes, its value in milliseconds.
type Kind = (&'static str, &'static str, fn(&Point) -> f64);

const COLOURS: [&str; 5] = ["#777", "#0b62a4", "#c0392b", "#27863a", "#8e44ad"];

/// The picture as SVG.
pub fn svg(curves: &[Curve]) -> String {
    let panels = [rates(curves), latencies(curves), memory(curves)];
    let (width, height) = (SIZE.0, SIZE.1 * panels.len() as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (number, panel) in panels.iter().enumerate() {
        svg.push_str(&panel.svg(number as f64 * SIZE.1));
    }
    svg.push_str("</svg>\n");
    svg
}

fn rates(curves: &[Curve]) -> Panel {
    let lines = numbered(curves).map(|(colour, curve)| {
        line(curve, curve.name.clone(), (colour, ""), |point| {
            point.outcome.rate
        })
    });
    Panel {
        title: "Replies per second, by connections".into(),
        doubling: false,
        lines: lines.collect(),
    }
}

fn latencies(curves: &[Curve]) -> Panel {
    let kinds: [Kind; 3] = [
        ("p50", "2 3", |point| point.outcome.p50 * 1e3),
        ("p95", "6 3", |point| point.outcome.p95 * 1e3),
        ("p99", "", |point| point.outcome.p99 * 1e3),
    ];
    let lines = numbered(curves).flat_map(|(colour, curve)| {
        kinds.map(|(kind, dashes, value)| {
            line(
                curve,
                format!("{} {kind}", curve.name),
                (colour, dashes),
                value,
            )
        })
    });
    Panel {
        title: "Latency in milliseconds, by connections".into(),
        doubling: true,
        lines: lines.collect(),
    }
}

/// The bare server shares its process with the measurement, so it has no memory of its own.
fn memory(curves: &[Curve]) -> Panel {
    let measured =
        numbered(curves).filter(|(_, curve)| curve.points.iter().any(|point| point.memory > 0));
    let lines = measured.map(|(colour, curve)| {
        line(curve, curve.name.clone(), (colour, ""), |point| {
            point.memory as f64 / (1 << 20) as f64
        })
    });
    Panel {
        title: "Memory of the server in MiB, by connections".into(),
        doubling: false,
        lines: lines.collect(),
    }
}

fn numbered(curves: &[Curve]) -> impl Iterator<Item = (&'static str, &Curve)> {
    COLOURS.into_iter().cycle().zip(curves)
}

fn line(
    curve: &Curve,
    name: String,
    (colour, dashes): (&'static str, &'static str),
    value: impl Fn(&Point) -> f64,
) -> Line {
    let points = curve
        .points
        .iter()
        .map(|point| (point.connections as f64, value(point)));
    Line {
        name,
        colour,
        dashes,
        points: points.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::wrk::Outcome;

    #[test]
    fn the_bare_server_has_no_line_of_memory() {
        let curve = |name: &str, memory| {
            let outcome = Outcome {
                rate: 9.0,
                failures: 0,
                p50: 0.001,
                p95: 0.002,
                p99: 0.003,
            };
            let point = |connections| Point {
                connections,
                outcome,
                memory,
            };
            Curve {
                name: name.into(),
                points: [1, 512].map(point).to_vec(),
            }
        };
        let curves = [curve("bare", 0), curve("ours", 1 << 26)];
        assert_eq!(memory(&curves).lines.len(), 1);
        assert_eq!(rates(&curves).lines.len(), 2);
        let picture = svg(&curves);
        assert_eq!(picture.matches("<polyline").count(), 2 + 6 + 1);
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    }
}
