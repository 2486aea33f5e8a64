//~ error: no associated item named `Never` found for struct `postgres_bgworker::Restart`
//! A restart policy is made by functions: later servers may have policies of other kinds.

use postgres_bgworker::prelude::*;

pub fn policy() -> Restart {
    Restart::Never
}

fn main() {}
