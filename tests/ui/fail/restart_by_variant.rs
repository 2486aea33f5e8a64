//~ error: no associated function or constant named `Never` found for struct `Restart`
//! A restart policy is made by functions: later servers may have policies of other kinds.

use postgres_bgworker::prelude::*;

pub fn policy() -> Restart {
    Restart::Never
}

fn main() {}
