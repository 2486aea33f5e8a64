//! Runs the tests of `src/server_tests.rs` inside a scratch server.

fn main() -> std::process::ExitCode {
    pg_scratch::server_tests::main()
}
