//! COPY between a table and memory of the worker.

mod binary;
mod exchange;
mod functions;
mod input;
mod options;
mod output;
mod rows;
mod text;

pub use input::CopyIn;
pub use output::CopyOut;
