//! Compiles the C code of bells with atomic operations that the model makes.

fn main() {
    let shim = "../../postgres-bgworker-sys/shim";
    println!("cargo:rerun-if-changed={shim}");
    println!("cargo:rerun-if-changed=src/bell.c");
    cc::Build::new()
        .file("src/bell.c")
        .include(shim)
        .warnings(true)
        .compile("model");
}
