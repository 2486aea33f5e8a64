//! Prints a program for display.

use super::{End, Op, Program, Recipe, Step};
use std::fmt::Write;

pub fn print(program: &Program, recipe: &Recipe) -> String {
    let mut text = String::new();
    steps(&mut text, &program.steps, 0, recipe);
    let _ = writeln!(
        text,
        "{:>6}  the process ends: {:?}",
        program.count, program.leave
    );
    text
}

fn steps(text: &mut String, all: &[Step], depth: usize, recipe: &Recipe) {
    for step in all {
        let indent = "    ".repeat(depth);
        let words = step.op.description().words;
        let end = match step.op {
            Op::Transaction | Op::Savepoint | Op::RunAs | Op::Limit | Op::Notices => {
                format!(", ending with {:?}:", End::of(step.with, recipe.without))
            }
            _ => format!(" ({})", step.with),
        };
        let _ = writeln!(text, "{:>6}  {indent}{words}{end}", step.id);
        steps(text, &step.body, depth + 1, recipe);
    }
}
