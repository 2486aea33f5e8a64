//! The cfgs of the server.

fn main() {
    let directives = std::env::var("DEP_POSTGRES_BGWORKER_CARGO").unwrap();
    println!("{}", directives.replace('\u{1e}', "\n"));
}
