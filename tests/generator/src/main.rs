//! Runs random programs in a scratch server, watches it from outside, and shrinks a program that
//! breaks it.
#![forbid(unsafe_code)]
// Nothing of it is an interface.
#![allow(unreachable_pub)]

mod driver;
mod job;
mod program;

use driver::{Options, Outcome};
use std::process::ExitCode;

const USAGE: &str = "\
usage: generator [OPTION…]
  --seed N            what determines all programs (1)
  --minutes N         run programs for N minutes (5)
  --programs N        run N programs, without a time limit
  --count N           run programs until they have made N steps, without a time limit
  --first N           the number of the first program (0)
  --length N          the most steps of a program (10000)
  --runners N         processes at the same time (2)
  --without CLASS,…   leave out these classes of steps
  --only CLASS,…      leave out all others but sql
  --no-signals        send none from outside
  --all               go on after a failure, with the next program
  --program N         run this program alone, and say what it does
  --steps LIST        of it only these steps
  --print             print the program, and run nothing";

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match driver::run(&options) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
