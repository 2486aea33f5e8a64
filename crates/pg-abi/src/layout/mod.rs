//! The layouts of types in several majors, side by side, and the symbols of each major, for
//! display.
//!
//! [`explain()`] prints one type for a terminal; [`html`] and [`markdown`] report all types.

mod explain;
mod history;
pub mod html;
mod majors;
pub mod markdown;
mod symbols;

pub use explain::explain;
pub use history::{Change, Group, History, Layout, Piece};
pub use majors::majors;
pub use symbols::{Light, Symbol, Verdict, of_kinds, symbols};

#[cfg(test)]
#[path = "tests.rs"]
mod report_tests;
