//~ error: this method takes 3 arguments but 0 arguments were supplied
//! Encoding asks the server for its encoding, so it needs a transaction.

use postgres_bgworker::sql::ToDatum;

fn main() {
    std::thread::spawn(|| drop("ü".encode()));
}
