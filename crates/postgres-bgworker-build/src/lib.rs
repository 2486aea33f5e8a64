#![doc = include_str!("../README.md")]
#![allow(unreachable_pub)]

mod bindings;
mod committed;
#[cfg(feature = "bindgen")]
mod constants;
#[allow(missing_docs)]
mod contract;
mod declared;
#[cfg(feature = "bindgen")]
mod definition;
mod description;
mod difference;
mod everything;
#[allow(missing_docs)]
mod find;
#[cfg(feature = "bindgen")]
#[allow(missing_docs)]
mod generate;
#[allow(missing_docs)]
mod headers;
#[cfg(feature = "bindgen")]
mod items;
#[allow(missing_docs)]
mod pg_config;
mod presets;
mod program;
mod report;
#[allow(missing_docs)]
mod request;
mod run;
mod search;
mod server;
mod shell_words;
#[cfg(feature = "bindgen")]
mod tidy;
#[allow(missing_docs)]
mod vars;
#[allow(missing_docs)]
mod versions;

pub use bindings::Bindings;
pub use presets::Preset;
pub use report::{Report, Result};
pub use run::run;
pub use server::Server;

/// What the build script of `postgres-bgworker-sys` uses. It is outside semantic versioning.
#[doc(hidden)]
#[allow(missing_docs, missing_debug_implementations)]
pub mod raw {
    #[cfg(feature = "bindgen")]
    pub mod generate {
        pub use crate::generate::*;
    }
    pub mod headers {
        pub use crate::headers::*;
    }
    pub mod pg_config {
        pub use crate::find::*;
        pub use crate::pg_config::*;
    }
    pub mod vars {
        pub use crate::vars::*;
    }
    pub mod versions {
        pub use crate::versions::*;
    }
    pub mod contract {
        pub use crate::contract::*;
    }
    pub use crate::request::{Lists, Request};
    pub use crate::run::alone;
}
