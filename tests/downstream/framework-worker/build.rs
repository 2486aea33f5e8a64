//! The cfgs of the server, from the framework: this crate knows nothing of postgres-bgworker-sys.

fn main() {
    let directives = std::env::var("DEP_OTHER_FRAMEWORK_CARGO").unwrap();
    println!("{}", directives.replace('\u{1e}', "\n"));
}
