//! Three lines: ask for the cfgs of the server, tell cargo, hand them on to this crate's own dependants.

fn main() {
    let directives = std::env::var("DEP_POSTGRES_BGWORKER_CARGO").unwrap();
    println!("{}", directives.replace('\u{1e}', "\n"));
    println!("cargo:cargo={directives}");
}
