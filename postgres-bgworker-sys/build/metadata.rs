//! What dependants receive as `DEP_POSTGRES_BGWORKER_*`, documented in the README of this crate.

use crate::bindings::{Bindings, Source};
use crate::extra::Extra;
use crate::headers::Headers;
use crate::pg_config::{Kind, PgConfig};
use crate::versions;

pub fn of_bindings(bindings: &Bindings) {
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
    tell("source", source);
    tell("version_num", &bindings.version_num.to_string());
    tell("major", &versions::major_of(bindings.version_num));
    // Ready to echo: the cargo lines themselves, one after the other.
    tell("cargo", &lines.join("\u{1e}"));
}

pub fn of_server(pg_config: &PgConfig, headers: &Headers) {
    tell("version", &pg_config.version);
    tell("pg_config", &pg_config.path.display().to_string());
    tell("captured", flag(pg_config.kind == Kind::Description));
    tell("found_by", &pg_config.found_by);
    tell("bindir", &pg_config.bindir);
    tell("include_server", &pg_config.includedir_server);
    tell("pkglibdir", &pg_config.pkglibdir);
    tell("cppflags", &headers.cppflags.join(" "));
    tell("cc", &pg_config.cc);
    tell("abi_extra", &headers.abi_extra);
    tell("assertions", flag(headers.assertions));
}

pub fn of_extra(extra: &Extra) {
    tell("extra_headers", &extra.headers.join(","));
    tell("extra_items", &extra.items.join(","));
}

fn flag(value: bool) -> &'static str {
    if value { "1" } else { "0" }
}

fn tell(key: &str, value: &str) {
    println!("cargo:{key}={value}");
}
