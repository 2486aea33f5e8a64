//! Installs a new version of the library while the old one runs.

use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::LONG;
use pg_scratch::Error;
use std::time::Duration;

/// Renames the file, like package managers do. Writing in place would change it for processes that
/// map it.
pub(super) fn renamed(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            test_server.ready()?;
            let before = test_server.running();
            let name = test_server.target.library_name();
            test_server
                .cluster
                .replace_library(&name, &test_server.target.library)?;
            std::thread::sleep(Duration::from_millis(300));
            if let Some(gone) = before.iter().find(|who| !who.alive()) {
                return Err(Error::new(format!("process {} has exited", gone.pid)));
            }
            let who = test_server.pick(delays)?;
            test_server.leaves(&who)?;
            if test_server.target.comes_back() {
                test_server.wait_for_workers(LONG)?;
            }
            Ok(None)
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}
