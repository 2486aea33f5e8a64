//! The metadata that dependent crates receive as `DEP_POSTGRES_BGWORKER_*`. The README of this
//! crate documents it.

use crate::bindings::{self, Bindings, Source};
use postgres_bgworker_build::raw::headers::Headers;
use postgres_bgworker_build::raw::pg_config::{Kind, PgConfig};
use postgres_bgworker_build::raw::{Request, vars, versions};

/// The keys that were emitted.
#[derive(Default)]
pub struct Metadata(Vec<&'static str>);

impl Metadata {
    pub fn of_bindings(&mut self, bindings: &Bindings) {
        let mut lines = versions::check_cfg_lines();
        lines.extend(versions::cfg_lines(bindings.version_num, &bindings.text));
        for line in &lines {
            println!("{line}");
        }
        let source = match bindings.source {
            Source::Bindgen => "bindgen",
            Source::Pregenerated => "pregenerated",
            Source::Facts => "facts",
        };
        self.tell("source", source);
        self.tell("version_num", &bindings.version_num.to_string());
        self.tell("major", &versions::major_of(bindings.version_num));
        // For bindings on top of these.
        let declarations = vars::out_dir().join("declarations.rs");
        self.tell("declarations", &declarations.display().to_string());
        self.tell("wrapper", &bindings::wrapper().display().to_string());
        // The cargo lines, ready to print.
        self.tell("cargo", &lines.join("\u{1e}"));
    }

    pub fn of_server(&mut self, pg_config: &PgConfig, headers: &Headers) {
        self.tell("version", &pg_config.version);
        self.tell("pg_config", &pg_config.path.display().to_string());
        self.tell("captured", flag(pg_config.kind == Kind::Description));
        self.tell("found_by", &pg_config.found_by);
        self.tell("bindir", &pg_config.bindir);
        self.tell("include_server", &pg_config.includedir_server);
        self.tell("pkglibdir", &pg_config.pkglibdir);
        self.tell("cppflags", &headers.cppflags.join(" "));
        self.tell("cflags", &headers.cflags.join(" "));
        self.tell("cc", &pg_config.cc);
        self.tell("abi_extra", &headers.abi_extra);
        self.tell("assertions", flag(headers.assertions));
        self.tell("exec_backend", flag(headers.exec_backend));
    }

    pub fn of_extra(&mut self, extra: &Request) {
        self.tell("extra_headers", &extra.headers.join(","));
        self.tell("extra_items", &extra.items.join(","));
    }

    /// Emits all keys, including this one, so that a dependent crate can pass on all of them.
    pub fn finish(mut self) {
        self.0.push("keys");
        println!("cargo:keys={}", self.0.join(","));
    }

    fn tell(&mut self, key: &'static str, value: &str) {
        println!("cargo:{key}={value}");
        self.0.push(key);
    }
}

fn flag(value: bool) -> &'static str {
    if value { "1" } else { "0" }
}
