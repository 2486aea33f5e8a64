//! The shared memory of a channel: what both ends must agree on, who has attached, and room for two queues.

use super::ticket::Ticket;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::process;
use crate::server::thread::ServerThread;
#[cfg(target_os = "linux")]
use std::cell::Cell;
#[cfg(target_os = "linux")]
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

/// "bgwchan" and the version of what follows.
const MAGIC: u64 = u64::from_le_bytes(*b"bgwchan1");

/// At the start of the segment; the two names follow, then the queues. Only `state` changes once the ticket is out.
#[repr(C)]
struct Header {
    magic: u64,
    nonce: u32,
    state: AtomicU32,
    /// Bytes of each queue, and of each name.
    queue: usize,
    names: [usize; 2],
}

/// The worker has not come yet.
const OPEN: u32 = 0;
/// It is attaching.
const CLAIMED: u32 = 1;
/// It has both queues.
const ATTACHED: u32 = 2;
/// It expects other messages.
const REFUSED: u32 = 3;

/// Queues and names start at multiples of it.
const ALIGN: usize = 64;

/// What is sent to the worker, and what comes back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) there: String,
    pub(super) back: String,
}

/// The end of a channel that this process has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Launch,
    Worker,
}

/// A mapping that lasts until this is dropped, or the process ends.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) thread: ServerThread<'static>,
    raw: *mut ffi::dsm_segment,
    base: *mut u8,
    length: usize,
    /// A second mapping of it, which stays when the process exits; null before somebody needs it.
    #[cfg(target_os = "linux")]
    again: Cell<*mut u8>,
    pub(super) side: Side,
}

impl Segment {
    /// A new one, with queues of this size.
    pub(super) fn create(thread: ServerThread<'_>, names: &Names, queue: usize) -> Result<Self> {
        process::check_no_lock(thread)?;
        let queue = queue.next_multiple_of(ALIGN);
        let size = places(names.there.len() + names.back.len(), queue)[2];
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
        // SAFETY: server memory: the mapping is large enough, aligned as the server's own structures, and nobody else knows it yet.
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

    /// The one that the launcher made for this worker, if it expects the same messages.
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
        let segment = segment.ok_or_else(taken)?;
        if segment.is_null() {
            return Err(launcher_gone());
        }
        let segment = Segment::mapped(thread, segment, Side::Worker);
        let found = segment.names(ticket).ok_or_else(launcher_gone)?;
        let state = &segment.header().state;
        state
            .compare_exchange(OPEN, CLAIMED, Ordering::AcqRel, Ordering::Acquire)
            .map_err(|_| taken())?;
        if found != *names {
            state.store(REFUSED, Ordering::Release);
            return Err(Error::new(
                ErrorKind::TypeMismatch,
                "the two ends of the channel expect other messages",
            )
            .with_detail(format!(
                "The launcher sends \"{}\" and expects \"{}\"; this worker expects \"{}\" and sends \"{}\".",
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
            #[cfg(target_os = "linux")]
            again: Cell::new(ptr::null_mut()),
            side,
        }
    }

    /// The names in it, if it is the segment of this ticket and whole.
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
            || places(there + back, header.queue)[2] > length
        {
            return None;
        }
        // SAFETY: server memory: inside the mapping, as just checked; nobody writes there any more.
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
        // SAFETY: server memory: mapped as long as `self`; constant but for the atomic.
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

    /// The memory of the queue in which this end sends, and of the one in which it receives; and their size.
    pub(super) fn queues(&self) -> ([*mut u8; 2], usize) {
        let header = self.header();
        let [there, back, _] = places(header.names.iter().sum(), header.queue);
        // SAFETY: server memory: both places are inside the mapping.
        let [there, back] = unsafe { [self.base.add(there), self.base.add(back)] };
        let queues = match self.side {
            Side::Launch => [there, back],
            Side::Worker => [back, there],
        };
        (queues, header.queue)
    }

    /// Where these bytes stay until the segment is dropped, also while the process exits: a leaked channel is never dropped, and what was
    /// received from it lasts as long as the process. Bytes outside of the segment are in memory of this process, and stay.
    #[cfg(target_os = "linux")]
    pub(super) fn lasting(&self, data: *const u8) -> Result<*const u8> {
        let offset = data.addr().wrapping_sub(self.base.addr());
        if offset >= self.length {
            return Ok(data);
        }
        if self.again.get().is_null() {
            let (base, length) = (self.base.cast(), self.length);
            // SAFETY: token: `self.thread`; plain frames; the mapping has that length.
            let again = unsafe { guard(|| ffi::shim::pgbgw_map_again(base, length)) }?;
            self.again.set(again.cast());
        }
        // SAFETY: both mappings have the same length.
        Ok(unsafe { self.again.get().add(offset) })
    }

    /// The worker has both queues; from now on its end is noticed at once.
    pub(super) fn set_attached(&self) {
        self.header().state.store(ATTACHED, Ordering::Release);
    }

    /// Whether the worker has come.
    pub(super) fn is_attached(&self) -> bool {
        self.header().state.load(Ordering::Acquire) == ATTACHED
    }

    /// Whether the worker has come and gone, because it expects other messages.
    pub(super) fn is_refused(&self) -> bool {
        self.header().state.load(Ordering::Acquire) == REFUSED
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if crate::server::process::is_exiting(self.thread) {
            return; // The server detaches, or has.
        }
        #[cfg(target_os = "linux")]
        if !self.again.get().is_null() && self.again.get() != self.base {
            // SAFETY: cannot raise: a mapping of ours, of that length. What was received borrows the channel, which is dropped.
            unsafe { libc::munmap(self.again.get().cast(), self.length) };
        }
        let raw = self.raw;
        // SAFETY: token: `self.thread`; plain frames; the mapping is ours, and its queues go with it.
        let _ = unsafe { guard(|| ffi::dsm_detach(raw)) };
    }
}

/// Where the two queues start, and where the segment ends.
fn places(names: usize, queue: usize) -> [usize; 3] {
    let first = (size_of::<Header>() + names).next_multiple_of(ALIGN);
    [
        first,
        first.saturating_add(queue),
        first.saturating_add(queue).saturating_add(queue),
    ]
}

/// A number that the segment before under the same handle hardly had.
fn nonce() -> u32 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = now.map_or(0, |time| time.as_nanos() as u64);
    (nanos ^ (nanos >> 32)) as u32 ^ std::process::id().rotate_left(16)
}

fn taken() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "the channel of this worker has been attached before",
    )
}

pub(super) fn launcher_gone() -> Error {
    Error::new(
        ErrorKind::PeerGone,
        "the launcher of this worker has gone, or let go of the channel",
    )
}
