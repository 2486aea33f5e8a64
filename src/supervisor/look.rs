//! How a supervisor learns of databases and extensions, and what that means for its workers.
#![forbid(unsafe_code)]

use super::describe;
use super::entry::{Millis, Phase};
use super::follow::{Bar, News};
use super::run::Running;
use crate::error::Result;
use crate::server::tokens::OnServerThread;
use crate::worker::{SharedCatalogs, Worker};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;

/// The time between two looks at everything, in case an event was missed.
const LOOK_AT_ALL: Millis = 300_000;

/// The same on a standby, where replay tells no events.
const LOOK_ON_STANDBY: Millis = 60_000;

/// The same while a role is missing, because no event tells that it was created.
const LOOK_FOR_ROLES: Millis = 5000;

impl Running {
    /// Follows databases and extensions. Returns whether to look again soon.
    pub(super) fn follow(
        &mut self,
        worker: &mut Worker<'_, SharedCatalogs>,
        now: Millis,
    ) -> Result<bool> {
        let Some(events) = self.description.events else {
            return Ok(false);
        };
        let mut news = self.followed.read(events, worker, now)?;
        if self.looked_at_all == 0 || now - self.looked_at_all >= self.look_interval() {
            (news.databases, self.looked_at_all) = (true, now.max(1));
            news.idle |= !self.plan.is_primary;
        }
        news.databases |= std::mem::take(&mut self.role_failed);
        let table = self.family.table;
        table.next_event.store(self.followed.next_event(), Relaxed);
        if news.databases {
            self.followed
                .list(worker, &self.family.name, self.description)?;
            let names = &self.followed.names;
            let existing: BTreeSet<u32> = names.keys().copied().collect();
            let bars = &self.followed.bars;
            let is_barred = |child, database| bars.contains_key(&(child, database));
            let without_room = self.plan.follow(&existing, is_barred, now);
            if without_room > self.without_room {
                worker.warning(format!(
                    "supervisor \"{}\": no room for {} more",
                    self.family.name,
                    describe::workers(without_room)
                ));
            }
            self.without_room = without_room;
        }
        if news.is_any() {
            self.tell_entries(&news, now);
        }
        Ok(news.late)
    }

    pub(super) fn look_interval(&self) -> Millis {
        if !self.followed.missing_roles.is_empty() {
            LOOK_FOR_ROLES
        } else if self.plan.is_primary {
            LOOK_AT_ALL
        } else {
            LOOK_ON_STANDBY
        }
    }

    /// Tells the entries of databases what the events mean for them.
    fn tell_entries(&mut self, news: &News, now: Millis) {
        let (family, children) = (self.family, &self.description.children);
        for at in 0..self.plan.places() {
            let Some((entry, rules)) = self.plan.with_rules(at) else {
                continue;
            };
            if !children[entry.child as usize].1 {
                continue;
            }
            let database = entry.instance;
            let was_wanted = entry.hold.wanted;
            entry.hold.wanted = self.followed.is_wanted(database);
            if was_wanted && !entry.hold.wanted {
                entry.not_before = now + self.followed.pause(database);
            }
            let Some(place) = family.table.place(at) else {
                continue;
            };
            let bar = self.followed.bars.get(&(entry.child, database));
            place
                .reason
                .store(bar.copied().map_or(0, Bar::number), Relaxed);
            let found = place.extension.load(Relaxed);
            let needs = &family.children[entry.child as usize];
            let looks = needs.extension.is_some() || needs.condition.is_some();
            // A worker that has not looked yet may have missed the change.
            let depends = |extension: u32| {
                extension == 0 || found == 0 || found == extension || needs.condition.is_some()
            };
            let here = || news.extensions.iter().filter(|(at, _)| *at == database);
            let is_meant = news.all || here().any(|(_, extension)| depends(*extension));
            if looks && is_meant && entry.is_live() {
                entry.hold.renew = true;
            }
            let has_event = news.all || here().next().is_some();
            let waits = looks || matches!(entry.phase, Phase::Pausing(_));
            if (has_event && waits) || (news.idle && entry.phase == Phase::Absent) {
                entry.look_again(rules, now);
            }
        }
    }
}
