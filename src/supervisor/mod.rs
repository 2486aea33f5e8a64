//! Supervisors.
mod entry;
#[cfg(test)]
mod model;
mod plan;
