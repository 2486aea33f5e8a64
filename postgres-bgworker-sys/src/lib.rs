#![no_std]
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(clippy::tabs_in_doc_comments)]

mod bindings {
    #![allow(missing_docs, missing_debug_implementations, unreachable_pub)]
    #![allow(
        non_camel_case_types,
        non_snake_case,
        non_upper_case_globals,
        improper_ctypes
    )]
    #![allow(unsafe_op_in_unsafe_fn, unused_imports, dead_code)]
    #![allow(
        clippy::all,
        clippy::undocumented_unsafe_blocks,
        clippy::missing_safety_doc
    )]

    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub mod compat;
pub mod errcodes;
pub mod fingerprint;
pub mod guard;
pub mod inline;
mod layout;
pub mod macros;
mod magic;
pub mod shim;

pub use bindings::*;
