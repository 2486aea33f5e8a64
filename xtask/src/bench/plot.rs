//! The table as a picture: one line per row, one dot per library, on a logarithmic scale of ratios
//! to C.

use super::{Implementation, Outcome};
use std::fmt::Write;

const LEFT: f64 = 300.0;
const WIDTH: f64 = 620.0;
/// The start of the plot, after the longest title.
const LEGEND: f64 = 470.0;
const LINE: f64 = 24.0;
const TOP: f64 = 64.0;
/// The ends of the scale.
const FROM: f64 = 0.5;
const TO: f64 = 32.0;

const DOTS: [(Implementation, &str, &str); 3] = [
    (Implementation::Raw, "raw crate", "#8a8f98"),
    (Implementation::Safe, "safe layer", "#1b7f4b"),
    (Implementation::Pgrx, "pgrx", "#c2571a"),
];

/// Returns a self-contained SVG document.
pub(crate) fn plot(title: &str, outcomes: &[Outcome]) -> String {
    let rows: Vec<&Outcome> = outcomes
        .iter()
        .filter(|outcome| {
            DOTS.iter()
                .any(|(who, _, _)| outcome.ratio(*who, Implementation::C).is_some())
        })
        .collect();
    let height = TOP + LINE * rows.len() as f64 + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        LEFT + WIDTH + 30.0,
        escape(title)
    );
    legend(&mut svg);
    grid(&mut svg, height);
    for (index, outcome) in rows.iter().enumerate() {
        line(&mut svg, outcome, TOP + LINE * (index as f64 + 0.7));
    }
    svg.push_str("</svg>\n");
    svg
}

fn x(ratio: f64) -> f64 {
    let part = (ratio.clamp(FROM, TO) / FROM).ln() / (TO / FROM).ln();
    LEFT + part * WIDTH
}

// Writing into a String cannot fail.
macro_rules! put {
    ($svg:expr, $($argument:tt)*) => { let _ = writeln!($svg, $($argument)*); };
}

fn legend(svg: &mut String) {
    for (index, (_, name, colour)) in DOTS.iter().enumerate() {
        let x = LEGEND + 110.0 * index as f64;
        put!(
            svg,
            "<circle cx=\"{x}\" cy=\"20\" r=\"5\" fill=\"{colour}\"/>"
        );
        put!(svg, "<text x=\"{}\" y=\"24\">{name}</text>", x + 10.0);
    }
    let x = LEGEND + 110.0 * DOTS.len() as f64;
    put!(
        svg,
        "<line x1=\"{x}\" x2=\"{x}\" y1=\"12\" y2=\"28\" stroke=\"#1b7f4b\" stroke-width=\"1.5\"/>"
    );
    put!(svg, "<text x=\"{}\" y=\"24\">target</text>", x + 8.0);
}

fn grid(svg: &mut String, height: f64) {
    for ratio in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0] {
        let (x, one) = (x(ratio), ratio == 1.0);
        let colour = if one { "#222" } else { "#ddd" };
        put!(
            svg,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\" stroke=\"{colour}\"/>",
            TOP - 6.0,
            height - 14.0
        );
        let label = if one {
            "C".to_owned()
        } else {
            format!("{ratio}×")
        };
        put!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{label}</text>",
            TOP - 12.0
        );
    }
}

fn line(svg: &mut String, outcome: &Outcome, y: f64) {
    put!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        LEFT - 14.0,
        y + 4.0,
        escape(outcome.row.title)
    );
    if let Some(target) = outcome.row.target {
        let x = x(target);
        put!(
            svg,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\" stroke=\"#1b7f4b\" stroke-width=\"1.5\"/>",
            y - 8.0,
            y + 8.0
        );
    }
    for (who, name, colour) in DOTS {
        if let Some(ratio) = outcome.ratio(who, Implementation::C) {
            put!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{y}\" r=\"5\" fill=\"{colour}\" fill-opacity=\"0.85\"><title>{name}: {ratio:.3}</title></circle>",
                x(ratio)
            );
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::ROWS;

    #[test]
    fn a_row_that_was_measured_is_drawn_where_its_ratio_is() {
        let outcome = Outcome {
            row: ROWS[1],
            runs: vec![
                (Implementation::C, vec![10.0]),
                (Implementation::Safe, vec![10.0]),
            ],
        };
        let svg = plot("a & b", &[outcome]);
        assert!(svg.contains("a &amp; b"));
        assert!(svg.contains("safe layer: 1.000"));
        assert!(svg.contains(&format!("cx=\"{:.1}\"", x(1.0))));
        assert!(!svg.contains("pgrx: "));
    }

    #[test]
    fn the_scale_ends() {
        assert_eq!(x(0.001), LEFT);
        assert_eq!(x(1e9), LEFT + WIDTH);
    }
}
