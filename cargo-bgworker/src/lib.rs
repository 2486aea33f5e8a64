//! The library behind `cargo bgworker`. Its modules are for the tool alone.

#![forbid(unsafe_code)]

pub mod abi;
pub mod binary;
pub mod contract;
pub mod fingerprint;
pub mod inspect;
pub mod layout;
pub mod libtest;
