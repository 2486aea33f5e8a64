//! What dependants receive as `DEP_POSTGRES_BGWORKER_*`, documented in the README of this crate.

use crate::bindings::{Bindings, Source};
use crate::headers::Headers;
use crate::pg_config::PgConfig;
use crate::report::Result;
use crate::versions;

pub fn print(bindings: &Bindings, server: Option<(&PgConfig, &Headers)>) -> Result<()> {
    let mut lines = versions::check_cfg_lines();
    lines.extend(versions::cfg_lines(bindings.version_num, &bindings.text));
    for line in &lines {
        println!("{line}");
    }
    let source = match bindings.source {
        Source::Bindgen => "bindgen",
        Source::Pregenerated => "pregenerated",
        Source::Documentation => "documentation",
    };
    tell("source", source);
    tell("version_num", &bindings.version_num.to_string());
    tell("major", &versions::major_of(bindings.version_num));
    // Ready to echo: the cargo lines themselves, one after the other.
    tell("cargo", &lines.join("\u{1e}"));
    if let Some((pg_config, headers)) = server {
        tell("version", &pg_config.version);
        tell("pg_config", &pg_config.path.display().to_string());
        tell("found_by", &pg_config.found_by);
        tell("bindir", &pg_config.bindir);
        tell("include_server", &pg_config.includedir_server);
        tell("pkglibdir", &pg_config.pkglibdir);
        tell("cppflags", &headers.cppflags.join(" "));
        tell("cc", &pg_config.cc);
        tell("abi_extra", &headers.abi_extra);
        tell("assertions", if headers.assertions { "1" } else { "0" });
    }
    Ok(())
}

fn tell(key: &str, value: &str) {
    println!("cargo:{key}={value}");
}
