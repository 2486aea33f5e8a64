//! Pictures of how costs grow: several small plots in one, each with logarithmic axes.

use super::section::{Growth, Line};
use std::fmt::Write;

const COLUMNS: usize = 2;
const WIDTH: f64 = 470.0;
const HEIGHT: f64 = 260.0;
/// The margins of a plot inside its part of the picture.
const LEFT: f64 = 62.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 44.0;
/// The place of the picture's title.
const TITLE: f64 = 34.0;

const COLORS: [&str; 4] = ["#222", "#1b7f4b", "#c2571a", "#2c5aa0"];

// Writing into a String cannot fail.
macro_rules! put {
    ($svg:expr, $($argument:tt)*) => { let _ = writeln!($svg, $($argument)*); };
}

/// Returns a self-contained SVG document.
pub(crate) fn pictures(title: &str, all: &[Growth]) -> String {
    let rows = all.len().div_ceil(COLUMNS);
    let mut svg = String::new();
    put!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">",
        WIDTH * COLUMNS as f64,
        TITLE + HEIGHT * rows as f64
    );
    put!(svg, "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
    put!(
        svg,
        "<text x=\"12\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{title}</text>"
    );
    for (at, growth) in all.iter().enumerate() {
        let x = WIDTH * (at % COLUMNS) as f64;
        let y = TITLE + HEIGHT * (at / COLUMNS) as f64;
        put!(svg, "<g transform=\"translate({x} {y})\">");
        plot(&mut svg, growth);
        put!(svg, "</g>");
    }
    svg.push_str("</svg>\n");
    svg
}

/// One axis: its ends, and the pixels of these.
struct Axis {
    from: f64,
    to: f64,
    pixels: (f64, f64),
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> Self {
        let (least, most) = values.fold((f64::MAX, f64::MIN), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        // A line that does not grow is in the middle, and looks flat.
        let middle = (least * most).sqrt();
        Axis {
            from: least.min(middle / 2.0),
            to: most.max(middle * 2.0),
            pixels,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let part = (value / self.from).ln() / (self.to / self.from).ln();
        self.pixels.0 + part * (self.pixels.1 - self.pixels.0)
    }

    /// Powers of ten between the ends, or both ends.
    fn marks(&self) -> Vec<f64> {
        let first = self.from.log10().ceil() as i32;
        let last = self.to.log10().floor() as i32;
        let marks: Vec<f64> = (first..=last).map(|power| 10f64.powi(power)).collect();
        match marks.len() {
            0 | 1 => vec![self.from, self.to],
            _ => marks,
        }
    }
}

fn plot(svg: &mut String, growth: &Growth) {
    let points = || growth.lines.iter().flat_map(|line| &line.points);
    put!(
        svg,
        "<text x=\"{LEFT}\" y=\"20\" font-weight=\"bold\">{}</text>",
        growth.title
    );
    if points().next().is_none() {
        put!(svg, "<text x=\"{LEFT}\" y=\"60\">not measured</text>");
        return;
    }
    let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    let x = Axis::new(points().map(|point| point.0), (LEFT, right));
    let y = Axis::new(points().map(|point| point.1), (bottom, TOP));
    for mark in y.marks() {
        let at = y.at(mark);
        put!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            short(mark)
        );
    }
    for mark in x.marks() {
        let at = x.at(mark);
        put!(
            svg,
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{}</text>",
            bottom + 16.0,
            short(mark)
        );
    }
    put!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#555\">{}</text>",
        right,
        bottom + 34.0,
        growth.of
    );
    let mut legend = LEFT;
    let drawn = growth.lines.iter().zip(COLORS);
    for (line, color) in drawn.filter(|(line, _)| !line.points.is_empty()) {
        put!(
            svg,
            "<circle cx=\"{legend}\" cy=\"38\" r=\"4\" fill=\"{color}\"/>\
             <text x=\"{}\" y=\"42\">{}</text>",
            legend + 8.0,
            line.name
        );
        legend += 24.0 + 7.0 * line.name.len() as f64;
        curve(svg, line, color, &x, &y);
    }
}

fn curve(svg: &mut String, line: &Line, color: &str, x: &Axis, y: &Axis) {
    let places: Vec<_> = line
        .points
        .iter()
        .map(|(number, cost)| format!("{:.1},{:.1}", x.at(*number), y.at(*cost)))
        .collect();
    put!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"/>",
        places.join(" ")
    );
    for (number, cost) in &line.points {
        put!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"{color}\"><title>{}, {}: {}</title></circle>",
            x.at(*number),
            y.at(*cost),
            line.name,
            short(*number),
            short(*cost)
        );
    }
}

/// Formats three digits, without an exponent.
fn short(value: f64) -> String {
    let digits = (2 - value.abs().max(1e-6).log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(points: Vec<(f64, f64)>) -> Growth {
        Growth {
            title: "time (s)",
            of: "workers",
            lines: vec![Line { name: "C", points }],
        }
    }

    #[test]
    fn each_point_is_drawn() {
        let svg = pictures("Growth", &[growth(vec![(1.0, 10.0), (256.0, 2560.0)])]);
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("<title>C, 256: 2560</title>"));
        assert!(svg.contains(">100</text>"));
    }

    #[test]
    fn what_is_flat_is_in_the_middle() {
        let axis = Axis::new([5.0, 5.0].into_iter(), (0.0, 100.0));
        assert_eq!(axis.at(5.0), 50.0);
        assert_eq!((axis.from, axis.to), (2.5, 10.0));
    }

    #[test]
    fn nothing_measured_is_said() {
        assert!(pictures("Growth", &[growth(Vec::new())]).contains("not measured"));
    }

    #[test]
    fn numbers_are_short() {
        let texts = [1.0, 0.05, 1.234, 12.3456, 1_000_000.0].map(short);
        assert_eq!(texts, ["1", "0.05", "1.23", "12.3", "1000000"]);
    }
}
