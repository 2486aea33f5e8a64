//! What no binding generator can see (macros, inline functions, `sigsetjmp`), compiled as C with the
//! server's own flags, hidden inside the library that links it.

use crate::headers::Headers;
use crate::report::{Report, Result};
use crate::vars;

pub fn compile(headers: &Headers) -> Result<()> {
    let mut build = headers.cc();
    if vars::feature("STRESS") {
        build.define("PGBGW_STRESS", None);
    }
    build
        .cargo_metadata(true)
        .file("shim/all.c")
        .warnings(true)
        .flag("-fvisibility=hidden")
        // In every profile: what is tested is what is used.
        .opt_level(2)
        // Every call in it is one of the server's or of libc, and each through the table would be two jumps.
        .flag_if_supported("-fno-plt")
        // A panic passes through the guard's frame on its way to the trampoline.
        .flag("-fexceptions")
        // Headers of the older majors are not clean under today's compilers.
        .flag_if_supported("-Wno-unused-parameter")
        .flag_if_supported("-Wno-sign-compare")
        .flag_if_supported("-Wno-cast-function-type")
        .flag_if_supported("-Wno-missing-field-initializers")
        .try_compile("postgres_bgworker_shim")
        .map_err(|error| {
            Report::new(format!(
                "the C part does not compile against the headers of PostgreSQL {}",
                headers.major
            ))
            .note(error.to_string())
            .help("if these headers are a released server's, please report it with the lines above")
        })?;
    // A library with std has both anyway; one without would lack them when the server loads it.
    if vars::cargo("CARGO_CFG_TARGET_OS") == "linux" && vars::cargo("CARGO_CFG_TARGET_ENV") == "gnu"
    {
        println!("cargo:rustc-link-lib=dylib=gcc_s");
        println!("cargo:rustc-link-lib=dylib=c");
    }
    Ok(())
}
