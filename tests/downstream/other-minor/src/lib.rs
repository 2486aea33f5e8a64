//! What is said about a server that may lack something the headers had is the library's choice.

use postgres_bgworker::prelude::*;

#[cfg(feature = "refuse")]
bgworker_module!(
    init = init,
    on_mismatch = postgres_bgworker::worker::Mismatch::Refuse
);
#[cfg(feature = "ignore")]
bgworker_module!(
    init = init,
    on_mismatch = postgres_bgworker::worker::Mismatch::Ignore
);
#[cfg(not(any(feature = "refuse", feature = "ignore")))]
bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    preload.log("other minor: loaded");
    Ok(())
}
