//! The shared memory of a channel: the message types of both ends, the state of the attachment, and
//! two queues.

use super::ticket::Ticket;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::process;
use crate::server::thread::ServerThread;
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

/// "bgwchan" and the version of the layout.
const MAGIC: u64 = u64::from_le_bytes(*b"bgwchan1");

/// The start of the segment. The two names follow, then the queues. After the ticket is passed on,
/// only `state` changes.
#[repr(C)]
struct Header {
    magic: u64,
    nonce: u32,
    state: AtomicU32,
    /// The size of each queue, and of each name, in bytes.
    queue: usize,
    names: [usize; 2],
}

/// The worker has not attached yet.
const OPEN: u32 = 0;
/// The worker is attaching.
const CLAIMED: u32 = 1;
/// The worker has attached to both queues.
const ATTACHED: u32 = 2;
/// The worker expects other message types.
const REFUSED: u32 = 3;

/// The alignment of queues and names, in bytes.
const ALIGN: usize = 64;

/// The types of the messages to the worker, and of the messages from the worker.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) there: String,
    pub(super) back: String,
}

/// The end of a channel that belongs to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Launch,
    Worker,
}

/// A pinned mapping of the segment. It lasts until this is dropped, or until the process exits.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) thread: ServerThread<'static>,
    raw: *mut ffi::dsm_segment,
    base: *mut u8,
    length: usize,
    /// A second mapping of the segment, which stays mapped while the process exits. Null until it
    /// is needed.
    second: Cell<*mut u8>,
    pub(super) side: Side,
}

impl Segment {
    /// Creates a segment with queues of `queue` bytes.
    pub(super) fn create(thread: ServerThread<'_>, names: &Names, queue: usize) -> Result<Self> {
        process::check_no_lock(thread)?;
        let queue = queue.next_multiple_of(ALIGN);
        let size = offsets(names.there.len() + names.back.len(), queue)[2];
        // SAFETY: token: `thread`; plain frames.
        let segment = unsafe { guard(|| ffi::shim::pgbgw_dsm_create(size)) }?;
        let segment = Segment::mapped(thread, segment, Side::Launch);
        let header = Header {
            magic: MAGIC,
            nonce: nonce(),
            state: AtomicU32::new(OPEN),
            queue,
            names: [names.there.len(), names.back.len()],
        };
        // SAFETY: server memory: the mapping is large enough, aligned as the server's own
        // structures, and no other process knows it yet.
        unsafe {
            segment.base.cast::<Header>().write(header);
            let mut at = segment.base.add(size_of::<Header>());
            for name in [&names.there, &names.back] {
                at.copy_from_nonoverlapping(name.as_ptr(), name.len());
                at = at.add(name.len());
            }
        }
        Ok(segment)
    }

    /// Attaches to the segment that the launcher created for this worker. Returns an error if the
    /// message types differ.
    pub(super) fn attach(thread: ServerThread<'_>, ticket: Ticket, names: &Names) -> Result<Self> {
        let handle = ticket.handle;
        // SAFETY: token: `thread`; plain frames.
        let segment = unsafe {
            guard(|| {
                if !ffi::dsm_find_mapping(handle).is_null() {
                    return None;
                }
                Some(ffi::shim::pgbgw_dsm_attach(handle))
            })
        }?;
        let segment = segment.ok_or_else(already_attached)?;
        if segment.is_null() {
            return Err(launcher_gone());
        }
        let segment = Segment::mapped(thread, segment, Side::Worker);
        let found = segment.names(ticket).ok_or_else(launcher_gone)?;
        let state = &segment.header().state;
        state
            .compare_exchange(OPEN, CLAIMED, Ordering::AcqRel, Ordering::Acquire)
            .map_err(|_| already_attached())?;
        if found != *names {
            state.store(REFUSED, Ordering::Release);
            return Err(Error::new(
                ErrorKind::TypeMismatch,
                "channel message types do not match",
            )
            .with_detail(format!(
                "The launcher sends \"{}\" and expects \"{}\"; \
             the worker expects \"{}\" and sends \"{}\".",
                found.there, found.back, names.there, names.back
            ))
            .with_hint("Launch and run the worker with the same version of its library."));
        }
        Ok(segment)
    }

    fn mapped(thread: ServerThread<'_>, raw: *mut ffi::dsm_segment, side: Side) -> Self {
        // SAFETY: cannot raise: reads the mapping's description.
        let (base, length) = unsafe {
            (
                ffi::dsm_segment_address(raw).cast(),
                ffi::dsm_segment_map_length(raw),
            )
        };
        Segment {
            thread: thread.lasting(),
            raw,
            base,
            length,
            second: Cell::new(ptr::null_mut()),
            side,
        }
    }

    /// Returns the names in the segment, or `None` if it is not the segment of this ticket, or
    /// is invalid.
    fn names(&self, ticket: Ticket) -> Option<Names> {
        let length = self.length;
        if length < size_of::<Header>() {
            return None;
        }
        let header = self.header();
        if header.magic != MAGIC || header.nonce != ticket.nonce {
            return None;
        }
        let [there, back] = header.names;
        if there.checked_add(back)?.checked_add(ALIGN)? > length
            || offsets(there + back, header.queue)[2] > length
        {
            return None;
        }
        // SAFETY: server memory: inside the mapping, as just checked; no process writes
        // there any more.
        let text =
            unsafe { std::slice::from_raw_parts(self.base.add(size_of::<Header>()), there + back) };
        let text = String::from_utf8_lossy(text);
        let (there, back) = text.split_at_checked(there)?;
        Some(Names {
            there: there.to_string(),
            back: back.to_string(),
        })
    }

    fn header(&self) -> &Header {
        // SAFETY: server memory: mapped as long as `self` lives; constant except for the atomic.
        unsafe { &*self.base.cast::<Header>() }
    }

    pub(super) fn ticket(&self) -> Ticket {
        Ticket {
            // SAFETY: cannot raise: reads the mapping's description.
            handle: unsafe { ffi::dsm_segment_handle(self.raw) },
            nonce: self.header().nonce,
        }
    }

    pub(super) fn raw(&self) -> *mut ffi::dsm_segment {
        self.raw
    }

    /// Returns the memory of this end's outgoing queue and of its incoming queue, and their size in
    /// bytes.
    pub(super) fn queues(&self) -> ([*mut u8; 2], usize) {
        let header = self.header();
        let [there, back, _] = offsets(header.names.iter().sum(), header.queue);
        // SAFETY: server memory: both offsets are inside the mapping.
        let [there, back] = unsafe { [self.base.add(there), self.base.add(back)] };
        let queues = match self.side {
            Side::Launch => [there, back],
            Side::Worker => [back, there],
        };
        (queues, header.queue)
    }

    /// Returns an address where these bytes stay until the segment is dropped, also while the
    /// process exits: a leaked channel is never dropped, so what was received from it must last as
    /// long as the process. Bytes outside the segment are in this process's private memory, and
    /// stay where they are. Returns `None` if memory cannot be mapped twice.
    pub(super) fn stable_address(&self, data: *const u8) -> Option<*const u8> {
        let offset = data.addr().wrapping_sub(self.base.addr());
        if offset >= self.length {
            return Some(data);
        }
        if self.second.get().is_null() {
            // SAFETY: token: `self.thread`; cannot raise; the mapping has that length.
            let second = unsafe { ffi::shim::pgbgw_map_again(self.base.cast(), self.length) };
            self.second.set(second.cast());
        }
        let second = self.second.get();
        // SAFETY: both mappings have the same length.
        (!second.is_null()).then(|| unsafe { second.add(offset).cast_const() })
    }

    /// Records that the worker has attached to both queues. From now on, the launcher notices its
    /// exit immediately.
    pub(super) fn set_attached(&self) {
        self.header().state.store(ATTACHED, Ordering::Release);
    }

    /// Returns whether the worker has attached.
    pub(super) fn is_attached(&self) -> bool {
        self.header().state.load(Ordering::Acquire) == ATTACHED
    }

    /// Returns whether the worker has rejected the channel because it expects other message types.
    pub(super) fn is_refused(&self) -> bool {
        self.header().state.load(Ordering::Acquire) == REFUSED
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if crate::server::process::is_exiting(self.thread) {
            return; // The server detaches the segment at exit.
        }
        if !self.second.get().is_null() && self.second.get() != self.base {
            // SAFETY: cannot raise: a mapping of ours, of that length. What was received borrows
            // the channel, which is dropped.
            unsafe { libc::munmap(self.second.get().cast(), self.length) };
        }
        let raw = self.raw;
        // SAFETY: token: `self.thread`; plain frames; the mapping is ours, and its queues go with
        // it.
        let _ = unsafe { guard(|| ffi::dsm_detach(raw)) };
    }
}

/// Returns the offsets of the two queues, and of the end of the segment.
fn offsets(names: usize, queue: usize) -> [usize; 3] {
    let first = (size_of::<Header>() + names).next_multiple_of(ALIGN);
    [
        first,
        first.saturating_add(queue),
        first.saturating_add(queue).saturating_add(queue),
    ]
}

/// Returns a number that very probably differs from the number of an earlier segment with the same
/// handle.
fn nonce() -> u32 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = now.map_or(0, |time| time.as_nanos() as u64);
    (nanos ^ (nanos >> 32)) as u32 ^ std::process::id().rotate_left(16)
}

fn already_attached() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "background worker has already attached to its channel",
    )
}

pub(super) fn launcher_gone() -> Error {
    Error::new(
        ErrorKind::PeerGone,
        "launcher has closed its end of the channel",
    )
}
