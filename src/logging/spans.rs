//! Spans of `tracing` as the activity of the worker.

use crate::ffi;
use crate::logging::queue;
use crate::server::activity::report_running;
use crate::server::guard::guard;
use crate::server::process::{EnteredSpans, check_running};
use crate::server::thread::ServerThread;
use crate::wait::wait_event;
use std::ptr;
use std::sync::{Mutex, PoisonError};
use tracing_core::{Metadata, span};

/// The kinds of spans. The number of one is the id of its spans: of a span, only its name is shown.
#[derive(Debug, Default)]
pub(super) struct Spans {
    kinds: Mutex<Vec<Kind>>,
}

#[derive(Debug, Clone, Copy)]
struct Kind {
    metadata: &'static Metadata<'static>,
    /// The wait event, once it is known. 0 if the server has no room for its name.
    event: Option<u32>,
}

impl Spans {
    pub(super) fn id(&self, metadata: &'static Metadata<'static>) -> span::Id {
        let mut kinds = self.kinds();
        let found = kinds
            .iter()
            .position(|kind| ptr::eq(kind.metadata, metadata));
        let number = found.unwrap_or_else(|| {
            kinds.push(Kind {
                metadata,
                event: None,
            });
            kinds.len() - 1
        });
        span::Id::from_u64(number as u64 + 1)
    }

    fn kinds(&self) -> std::sync::MutexGuard<'_, Vec<Kind>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, id: &span::Id) {
        let Some(thread) = queue::main_thread() else {
            return;
        };
        let mut spans = thread.process().spans.get();
        spans.depth += 1;
        thread.process().spans.set(spans);
        if spans.depth > 1 || !may_show(thread) {
            return;
        }
        let number = id.into_u64() as usize - 1;
        let Some(mut kind) = self.kinds().get(number).copied() else {
            return;
        };
        let name = kind.metadata.name();
        if kind.event.is_none() {
            // The lock is not held while the server is called.
            kind.event = Some(wait_event(thread, name).unwrap_or(0));
            self.kinds()[number] = kind;
        }
        spans.is_shown = report_running(thread, name).is_ok();
        spans.event = kind.event.unwrap_or(0);
        thread.process().spans.set(spans);
    }

    pub(super) fn exit(&self) {
        let Some(thread) = queue::main_thread() else {
            return;
        };
        let before = thread.process().spans.get();
        let depth = before.depth.saturating_sub(1);
        let is_inner = depth > 0;
        thread.process().spans.set(EnteredSpans {
            depth,
            event: if is_inner { before.event } else { 0 },
            is_shown: before.is_shown && is_inner,
        });
        if is_inner || !before.is_shown {
            return;
        }
        if may_show(thread) {
            // SAFETY: token: `thread`; plain frames.
            let _ = unsafe {
                guard(|| {
                    ffi::pgstat_report_activity(ffi::BackendState::STATE_IDLE, ptr::null());
                })
            };
        }
    }
}

/// A transaction, and what runs in one, shows its statements.
fn may_show(thread: ServerThread<'_>) -> bool {
    check_running(thread).is_ok() && !thread.process().in_transaction()
}
