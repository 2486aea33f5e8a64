//! An attack in a server of its own.

use crate::Verdict;
use crate::attack::Attack;
use crate::session::{Session, builder};

pub(crate) fn run(attack: &Attack) -> Verdict {
    if attack.preloads {
        return preload(attack);
    }
    let mut session = Session::start(false)?;
    let mut verdict = Err("nothing was seen".to_owned());
    session.run(vec![attack.clone()], &mut |_, seen| verdict = seen);
    let stopped = session.stop();
    verdict.and(stopped)
}

/// The server starts, or says why it does not.
fn preload(attack: &Attack) -> Verdict {
    let index = attack.index.to_string();
    let started = builder().setting("attacks.preload", &index).try_start();
    match (started, attack.expect.strip_prefix("RefusesToStart ")) {
        (Ok(_), None) => Ok(()),
        (Ok(_), Some(_)) => Err("the server started".into()),
        (Err(failure), None) => Err(format!("the server did not start: {failure}")),
        (Err(failure), Some(needle)) => {
            let refused = failure.log.lines().any(|line| line.contains("FATAL:"));
            if refused && failure.log.contains(needle) {
                Ok(())
            } else {
                Err(format!("the server did not refuse to start: {failure}"))
            }
        }
    }
}
