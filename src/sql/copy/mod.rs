//! COPY between a table and memory of the worker.

mod exchange;
mod input;
mod options;
mod output;
mod rows;

pub use input::CopyIn;
pub use output::CopyOut;
