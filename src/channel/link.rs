//! One end of two queues, with operations that never wait.

use super::segment::{Segment, Side, launcher_gone};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::worker::dynamic::DynamicWorker;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr;

/// The result of an operation that does not wait.
pub(super) enum Step<T> {
    Done(T),
    /// The caller must wait and repeat the operation: a partially sent message must be
    /// finished.
    Blocked,
    /// The other end is detached.
    Gone,
}

/// This process's handles of the two queues of a segment.
#[derive(Debug)]
pub(super) struct Link {
    outgoing: *mut ffi::shm_mq_handle,
    incoming: *mut ffi::shm_mq_handle,
    /// The memory context of the handles, and of messages that wrap around in the ring.
    context: ffi::MemoryContext,
    /// The state of the worker that was launched is to be asked for.
    watches: Cell<bool>,
    pub(super) segment: Segment,
}

impl Link {
    /// Attaches this end to both queues.
    pub(super) fn open(segment: Segment) -> Result<Self> {
        // SAFETY: token: `segment.thread`; plain frames; fixed text.
        let context = unsafe {
            guard(|| {
                ffi::macros::pgbgw_alloc_set_context_create(
                    ffi::TopMemoryContext,
                    c"background worker channel".as_ptr(),
                    0,
                    1024,
                    8192,
                )
            })
        }?;
        let mut link = Link {
            outgoing: ptr::null_mut(),
            incoming: ptr::null_mut(),
            context,
            watches: Cell::new(false),
            segment,
        };
        let ([outgoing, incoming], size) = link.segment.queues();
        let (raw, side) = (link.segment.raw(), link.segment.side);
        // SAFETY: token: `link.segment.thread`; plain frames; server memory: both queues are inside
        // the mapping. The launcher creates them before any other process can know of them, and
        // each end of a queue is attached once.
        let handles = unsafe {
            guard(|| {
                let [outgoing, incoming] = [outgoing, incoming].map(|place| match side {
                    Side::Launch => ffi::shm_mq_create(place.cast(), size),
                    Side::Worker => place.cast(),
                });
                ffi::shm_mq_set_sender(outgoing, ffi::MyProc);
                ffi::shm_mq_set_receiver(incoming, ffi::MyProc);
                let before = ffi::shim::pgbgw_memory_context_switch_to(context);
                let outgoing = ffi::shm_mq_attach(outgoing, raw, ptr::null_mut());
                let incoming = ffi::shm_mq_attach(incoming, raw, ptr::null_mut());
                ffi::shim::pgbgw_memory_context_switch_to(before);
                (outgoing, incoming)
            })
        }?;
        (link.outgoing, link.incoming) = handles;
        if side == Side::Worker {
            link.segment.set_attached();
        }
        Ok(link)
    }

    /// Detects that the worker ends before it attaches. The worker handle must outlive the link.
    pub(super) fn watch(&self, worker: &DynamicWorker) -> Result<()> {
        let (outgoing, incoming, worker) = (self.outgoing, self.incoming, worker.raw());
        // SAFETY: token: `self.segment.thread`; plain frames; the channel drops the worker after
        // the link.
        unsafe {
            guard(|| {
                ffi::shm_mq_set_handle(outgoing, worker);
                ffi::shm_mq_set_handle(incoming, worker);
            })
        }?;
        self.watches.set(true);
        Ok(())
    }

    /// Returns whether an end of the other process would not wake this one.
    pub(super) fn asks(&self) -> bool {
        self.watches.get() && !self.segment.is_attached()
    }

    /// Writes as much as fits into the ring. After `Blocked`, the caller must pass the same bytes
    /// again.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<Step<()>> {
        let (queue, data, length) = (self.outgoing, bytes.as_ptr().cast::<c_void>(), bytes.len());
        // SAFETY: token: `self.segment.thread`; plain frames; the bytes are borrowed during the
        // call.
        let result =
            unsafe { guard(|| ffi::macros::pgbgw_shm_mq_send(queue, length, data, 1, 1)) }?;
        self.step(result, ())
    }

    /// Returns the next message if it is complete. The bytes are valid until the next call of this
    /// function.
    pub(super) fn receive(&mut self) -> Result<Step<(*const u8, usize)>> {
        let queue = self.incoming;
        let (mut length, mut data) = (0, ptr::null_mut());
        let (to_length, to_data) = (&raw mut length, &raw mut data);
        // SAFETY: token: `self.segment.thread`; plain frames; the pointers are to locals of this
        // frame.
        let result = unsafe {
            guard(|| ffi::shm_mq_receive(queue, to_length, to_data, true.into()).0 as c_int)
        }?;
        self.step(result, (data.cast_const().cast(), length))
    }

    fn step<T>(&self, result: c_int, value: T) -> Result<Step<T>> {
        match ffi::shm_mq_result(result as _) {
            ffi::shm_mq_result::SHM_MQ_SUCCESS => Ok(Step::Done(value)),
            _ if self.segment.is_refused() => Err(Error::new(
                ErrorKind::TypeMismatch,
                "channel message types do not match",
            )
            .with_hint(
                "If the worker returned the error of Channel::attach, the server's log \
             shows the types.",
            )),
            ffi::shm_mq_result::SHM_MQ_WOULD_BLOCK => Ok(Step::Blocked),
            _ => Ok(Step::Gone),
        }
    }

    /// Returns the error for a detached other end.
    pub(super) fn gone(&self) -> Error {
        if self.segment.side == Side::Worker {
            return launcher_gone();
        }
        let error = Error::new(
            ErrorKind::PeerGone,
            "background worker has closed its end of the channel",
        );
        if self.segment.is_attached() {
            error
        } else {
            error
                .with_detail("The worker ended before it attached.")
                .with_hint("If the worker failed, the server's log shows the error.")
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if crate::server::process::is_exiting(self.segment.thread) {
            return;
        }
        let context = self.context;
        // SAFETY: token: `self.segment.thread`; plain frames. Detaching the segment detaches the
        // queues, and needs no handle.
        let _ = unsafe { guard(|| ffi::MemoryContextDelete(context)) };
    }
}
