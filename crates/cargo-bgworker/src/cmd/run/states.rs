//! Asks the server what its processes do.

use pg_scratch::cluster::Cluster;
use std::collections::BTreeMap;

/// A session that reads the statistics views.
#[derive(Default)]
pub(super) struct States {
    client: Option<(postgres::Client, u32)>,
}

impl States {
    /// Returns the process of the session.
    pub(super) fn session(&self) -> Option<u32> {
        self.client.as_ref().map(|(_, pid)| *pid)
    }

    /// Returns the state of each process. The server may be restarting, so errors are ignored: the
    /// next call connects again.
    pub(super) fn ask(&mut self, cluster: &Cluster) -> Option<BTreeMap<u32, String>> {
        if self.client.is_none() {
            self.client = connect(cluster);
        }
        let (client, _) = self.client.as_mut()?;
        let Ok(rows) = client.query(statistics(cluster.server().version.num), &[]) else {
            self.client = None;
            return None;
        };
        let row = |row: &postgres::Row| Some((pid(row)?, row.get(1)));
        Some(rows.iter().filter_map(row).collect())
    }
}

fn connect(cluster: &Cluster) -> Option<(postgres::Client, u32)> {
    let mut client = cluster.connect().ok()?;
    let row = client.query_one("select pg_backend_pid()", &[]).ok()?;
    Some((client, pid(&row)?))
}

fn pid(row: &postgres::Row) -> Option<u32> {
    u32::try_from(row.get::<_, i32>(0)).ok()
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
