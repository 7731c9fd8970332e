//! One diagram of a picture: lines over the number of connections, written as SVG by hand, since
//! a few lines and texts need no library.

use std::fmt::Write;

/// Width and height of a diagram with its title, axes and margins, in pixels.
pub const SIZE: (f64, f64) = (760.0, 300.0);

const LEFT: f64 = 70.0;
const RIGHT: f64 = 210.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 36.0;

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Stands beside it.
    pub name: String,
    /// A colour of SVG.
    pub colour: &'static str,
    /// Lengths of dashes and gaps, e.g. `4 3`; empty: no gaps.
    pub dashes: &'static str,
    /// Connections, and the value there.
    pub points: Vec<(f64, f64)>,
}

/// A diagram.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What is shown, with its unit.
    pub title: String,
    /// Whether each step up the axis doubles the value.
    pub doubling: bool,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Panel {
    /// As a group that begins so far down.
    pub fn svg(&self, down: f64) -> String {
        let mut svg = format!("<g transform=\"translate(0 {down})\">\n");
        text(
            &mut svg,
            (LEFT, 20.0),
            "start\" font-weight=\"bold",
            &self.title,
        );
        self.grid(&mut svg);
        for (number, line) in self.lines.iter().enumerate() {
            self.line(&mut svg, number, line);
        }
        svg.push_str("</g>\n");
        svg
    }

    fn grid(&self, svg: &mut String) {
        let (bottom, right) = (SIZE.1 - BOTTOM, SIZE.0 - RIGHT);
        for value in self.steps() {
            let y = self.y(value);
            rule(svg, (LEFT, y), (right, y));
            text(svg, (LEFT - 8.0, y + 4.0), "end", &short(value));
        }
        for power in 0..=most_power(&self.lines) {
            let connections = f64::from(1_u32 << power);
            let x = self.x(connections);
            rule(svg, (x, TOP), (x, bottom));
            text(svg, (x, bottom + 18.0), "middle", &short(connections));
        }
    }

    fn line(&self, svg: &mut String, number: usize, line: &Line) {
        let points = line.points.iter();
        let points = points.map(|&(x, y)| format!("{:.1},{:.1}", self.x(x), self.y(y)));
        let points = points.collect::<Vec<_>>().join(" ");
        let style = format!(
            "fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"",
            line.colour, line.dashes
        );
        // Writing to a text cannot fail; likewise below.
        let _ = writeln!(svg, "<polyline points=\"{points}\" {style}/>");
        let (x, y) = (SIZE.0 - RIGHT + 14.0, TOP + 18.0 * number as f64);
        let _ = writeln!(svg, "<path d=\"M{x} {y}h26\" {style}/>");
        text(svg, (x + 32.0, y + 4.0), "start", &line.name);
    }

    fn x(&self, connections: f64) -> f64 {
        let powers = f64::from(most_power(&self.lines).max(1));
        LEFT + connections.log2() / powers * (SIZE.0 - RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.bounds();
        let share = if self.doubling {
            (value.max(low).log2() - low.log2()) / (high.log2() - low.log2())
        } else {
            (value - low) / (high - low)
        };
        let bottom = SIZE.1 - BOTTOM;
        bottom - share * (bottom - TOP)
    }

    /// Round values that enclose all others.
    fn bounds(&self) -> (f64, f64) {
        let values = self
            .lines
            .iter()
            .flat_map(|line| &line.points)
            .map(|(_, value)| *value);
        let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        if self.doubling {
            let (low, high) = (low.max(1e-3).log2().floor(), high.max(2e-3).log2().ceil());
            return (low.exp2(), high.max(low + 1.0).exp2());
        }
        let step = step(high);
        (0.0, (high / step).ceil().max(1.0) * step)
    }

    fn steps(&self) -> Vec<f64> {
        let (low, high) = self.bounds();
        if self.doubling {
            let powers = low.log2() as i32..=high.log2() as i32;
            // Every second one, for they stand close.
            return powers
                .step_by(2)
                .map(|power| f64::from(power).exp2())
                .collect();
        }
        let step = step(high);
        (0..=(high / step).round() as u32)
            .map(|number| f64::from(number) * step)
            .collect()
    }
}

/// A round number of which four to ten reach the value.
fn step(high: f64) -> f64 {
    let tenth = high.max(1e-9) / 10.0;
    let power = 10_f64.powf(tenth.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
    steps
        .into_iter()
        .find(|step| *step >= tenth)
        .unwrap_or(10.0 * power)
}

fn most_power(lines: &[Line]) -> u32 {
    let connections = lines
        .iter()
        .flat_map(|line| &line.points)
        .map(|(connections, _)| *connections);
    connections.fold(1.0, f64::max).log2().ceil() as u32
}

/// At most three digits behind the point, and none for whole numbers.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn rule(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        svg,
        "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#ddd\"/>",
        from.0, from.1, to.0, to.1
    );
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{escaped}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(doubling: bool, values: [f64; 2]) -> Panel {
        let points = vec![(1.0, values[0]), (512.0, values[1])];
        let line = Line {
            name: "a < b".into(),
            colour: "red",
            dashes: "",
            points,
        };
        Panel {
            title: "Rate".into(),
            doubling,
            lines: vec![line],
        }
    }

    #[test]
    fn lines_begin_left_and_end_right_within_the_axes() {
        for doubling in [false, true] {
            let panel = panel(doubling, [3.0, 900.0]);
            assert_eq!((panel.x(1.0), panel.x(512.0)), (LEFT, SIZE.0 - RIGHT));
            let (low, high) = panel.bounds();
            assert_eq!((panel.y(low), panel.y(high)), (SIZE.1 - BOTTOM, TOP));
            assert!(low <= 3.0 && high >= 900.0, "{low} {high}");
        }
        assert!(panel(false, [0.0, 1.0]).svg(0.0).contains("a &lt; b"));
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(
            panel(false, [0.0, 4_200.0]).steps(),
            [
                0.0, 500.0, 1000.0, 1500.0, 2000.0, 2500.0, 3000.0, 3500.0, 4000.0, 4500.0
            ]
        );
        assert_eq!(panel(true, [0.5, 7.0]).steps(), [0.5, 2.0, 8.0]);
    }
}
