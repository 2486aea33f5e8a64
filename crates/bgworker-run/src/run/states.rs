//! Asks the server what its processes do.

use pg_scratch::cluster::session::Row;
use pg_scratch::cluster::{Cluster, Session};
use std::collections::BTreeMap;

/// A session that reads the statistics views.
#[derive(Default)]
pub(super) struct States {
    session: Option<Session>,
}

impl States {
    /// Returns the process of the session.
    pub(super) fn session(&self) -> Option<u32> {
        self.session.as_ref().map(Session::pid)
    }

    /// Returns the state of each process. The server may be restarting, so errors are ignored: the
    /// next call connects again.
    pub(super) fn ask(&mut self, cluster: &Cluster) -> Option<BTreeMap<u32, String>> {
        if self.session.is_none() {
            self.session = cluster.session("postgres").ok();
        }
        let session = self.session.as_mut()?;
        let Ok(rows) = session.query(statistics(cluster.server().version.num)) else {
            self.session = None;
            return None;
        };
        let row = |row: Row| {
            let mut columns = row.into_iter().flatten();
            Some((columns.next()?.parse().ok()?, columns.next()?))
        };
        Some(rows.into_iter().filter_map(row).collect())
    }
}

/// Returns the query for PID and state, with the columns that this major has.
fn statistics(version_num: u32) -> &'static str {
    if version_num >= 90_600 {
        "select pid, coalesce(state, 'running') \
            || coalesce(', waits for ' || coalesce(nullif(wait_event_type, wait_event) || '/', '') || wait_event, '') \
            || coalesce(', database ' || datname, '') from pg_stat_activity"
    } else {
        "select pid, coalesce(state, 'running') || case when waiting then ', waits for Lock' else '' end \
            || coalesce(', database ' || datname, '') from pg_stat_activity"
    }
}
