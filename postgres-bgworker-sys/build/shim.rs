//! Compiles the C code for what a binding generator cannot bind (macros, inline functions,
//! `sigsetjmp`), with the server's own flags. Its symbols are hidden in the library that links it.

use postgres_bgworker_build::raw::headers::Headers;
use postgres_bgworker_build::raw::vars;
use postgres_bgworker_build::{Report, Result};

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
        // In every profile, so that tests cover the code that is used.
        .opt_level(2)
        // All its calls go to the server or to libc, and the procedure linkage table would add a
        // jump to each.
        .flag_if_supported("-fno-plt")
        // A panic passes through the guard's frame on its way to the trampoline.
        .flag("-fexceptions")
        // Headers of older majors produce warnings with current compilers.
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
    // A library with std links both anyway. A library without std would lack them when the server
    // loads it.
    if vars::cargo("CARGO_CFG_TARGET_OS") == "linux" && vars::cargo("CARGO_CFG_TARGET_ENV") == "gnu"
    {
        println!("cargo:rustc-link-lib=dylib=gcc_s");
        println!("cargo:rustc-link-lib=dylib=c");
    }
    Ok(())
}
