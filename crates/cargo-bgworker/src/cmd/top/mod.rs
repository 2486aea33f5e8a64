//! `cargo bgworker top`: shows the workers of a running server.

mod screen;
mod source;
mod text;

use bgworker_cli::stop::Stop;
use pg_scratch::Result;
use screen::Screen;
use source::{Sample, Source};
use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

/// Shows the background workers of a running server, and refreshes the picture each second
///
/// Shows the workers of all preloaded libraries that use postgres-bgworker. One library must have
/// `postgres_bgworker::worker_status!();`, and its functions must exist in the database. The
/// connection is not encrypted. Error messages need the privileges of pg_read_all_stats.
///
/// On a terminal, q or Ctrl-C ends it. In a pipe, it prints a table, or with --json one line, each
/// second.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The database, such as postgresql://localhost/postgres or 'host=/tmp dbname=postgres'
    #[arg(long, value_name = "URL")]
    connect: String,
    /// Print the current state, and exit
    #[arg(long)]
    once: bool,
    /// The time between two samples: 500ms, 5s
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    interval: humantime::Duration,
    /// Print JSON instead of text: an array of workers in each line
    #[arg(long)]
    json: bool,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let mut source = Source::connect(&args.connect)?;
    let stop = Stop::on_signals()?;
    let interval = Duration::from(args.interval).max(Duration::from_millis(50));
    let mut screen = (!args.once && !args.json && stdout().is_terminal())
        .then(Screen::open)
        .flatten();
    let mut before: Option<Sample> = None;
    loop {
        let sample = source.sample()?;
        if let Some(screen) = &mut screen {
            let (width, height) = screen.size();
            screen.show(&text::screen(&sample, before.as_ref(), width, height));
        } else if !print(&args, &sample, before.as_ref()) {
            // The reader of the pipe is gone.
            break;
        }
        before = Some(sample);
        let asked = match &screen {
            _ if args.once => true,
            Some(screen) => screen.wait_for_q(interval, &stop),
            None => sleep(interval, &stop),
        };
        if asked {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a sample, and returns whether that was possible.
fn print(args: &Args, sample: &Sample, before: Option<&Sample>) -> bool {
    if args.json {
        return writeln!(stdout(), "{}", sample.json()).is_ok();
    }
    // The lines of the next sample follow an empty one.
    let end = if args.once { "" } else { "\n" };
    let text = text::table(sample, before);
    writeln!(anstream::stdout(), "{text}{end}").is_ok()
}

/// Sleeps, and returns whether a signal has asked to stop.
fn sleep(time: Duration, stop: &Stop) -> bool {
    let end = std::time::Instant::now() + time;
    while !stop.asked() {
        let left = end.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
    true
}
