//! Compiles the C code of bells and queues with atomic operations that the model makes.

fn main() {
    let shim = "../../postgres-bgworker-sys/shim";
    println!("cargo:rerun-if-changed={shim}");
    for file in ["src/bell.c", "src/queue.c", "src/model.h"] {
        println!("cargo:rerun-if-changed={file}");
    }
    cc::Build::new()
        .files(["src/bell.c", "src/queue.c"])
        .include(shim)
        // Both files include functions that they do not use.
        .flag_if_supported("-Wno-unused-function")
        .warnings(true)
        .compile("model");
}
