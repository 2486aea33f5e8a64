//! The characteristics of a transaction.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::cancel::Limit;
use crate::sql::transaction::role::Role;
use std::ffi::{CString, c_int};
use std::ptr;
use std::time::Duration;

/// The characteristics of a transaction. The defaults are those of the server's settings.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct TransactionMode<'a> {
    read_only: Option<bool>,
    deferrable: bool,
    isolation: Option<Isolation>,
    snapshot: Option<&'a str>,
    timeout: Option<Duration>,
    role: Option<Role<'a>>,
}

/// An isolation level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
#[doc(alias = "XactIsoLevel")]
#[non_exhaustive]
pub enum Isolation {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl<'a> TransactionMode<'a> {
    /// Uses the server's settings.
    pub fn new() -> Self {
        TransactionMode::default()
    }

    /// Rejects statements that write, like `READ ONLY` in SQL. A transaction is never inferred to
    /// be read-only from its statements.
    #[doc(alias = "XactReadOnly")]
    pub fn read_only(mut self) -> Self {
        self.read_only = Some(true);
        self
    }

    /// Accepts statements that write, even if `default_transaction_read_only` is on. On a standby,
    /// beginning the transaction is an error of the server.
    #[doc(alias = "XactReadOnly")]
    pub fn read_write(mut self) -> Self {
        self.read_only = Some(false);
        self
    }

    /// Waits before the first statement for a snapshot that cannot cause a serialization failure,
    /// if the transaction is serializable and read-only.
    #[doc(alias = "XactDeferrable")]
    pub fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// Sets the isolation level.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// Uses a snapshot that another transaction has exported, with
    /// [`Transaction::export_snapshot`](crate::Transaction::export_snapshot) or
    /// `pg_export_snapshot()`. Both transactions then see the same data. The other transaction must
    /// still be open when this one begins. The isolation level is `REPEATABLE READ` unless it is
    /// set.
    ///
    /// Beginning the transaction fails, with an error of the server, if the snapshot does not exist
    /// or the isolation level is `READ COMMITTED`.
    #[doc(alias = "ImportSnapshot")]
    pub fn snapshot(mut self, identifier: &'a str) -> Self {
        self.snapshot = Some(identifier);
        self
    }

    /// Limits the time of the whole transaction, including its commit. See
    /// [`Transaction::with_timeout`](crate::Transaction::with_timeout). A transaction whose closure
    /// returns after the limit is not committed.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Runs the whole transaction with the privileges of this role, in a security-restricted
    /// operation. [`Transaction::run_as`](crate::Transaction::run_as) does the same for a part of a
    /// transaction, and describes what is restricted. The user, the security context and the
    /// settings are restored when the transaction ends, in all cases.
    ///
    /// Beginning the transaction fails with the errors of `run_as` if the role does not exist, or
    /// if the role of the worker may not become it.
    #[doc(alias = "SetUserIdAndSecContext")]
    pub fn role(mut self, role: impl Into<Role<'a>>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Returns the role of the transaction, if it is not that of the worker.
    pub(crate) fn own_role(self) -> Option<Role<'a>> {
        self.role
    }

    /// Returns the time limit, which begins now.
    pub(super) fn limit(self) -> Option<Limit> {
        self.timeout.map(Limit::after)
    }

    /// Returns the characteristics as the shim takes them, or `None` if they are those of the
    /// server's settings.
    #[inline]
    pub(super) fn characteristics(self) -> Result<Option<Prepared>> {
        let is_default = self.isolation.is_none()
            && self.read_only.is_none()
            && !self.deferrable
            && self.snapshot.is_none();
        if is_default {
            return Ok(None);
        }
        self.prepared().map(Some)
    }

    fn prepared(self) -> Result<Prepared> {
        let snapshot = self
            .snapshot
            .map(|identifier| match CString::new(identifier) {
                Ok(text) if identifier.is_ascii() => Ok(text),
                _ => Err(invalid_snapshot(identifier)),
            })
            .transpose()?;
        let implied = snapshot.as_ref().map(|_| Isolation::RepeatableRead);
        let isolation = self.isolation.or(implied).map_or(-1, |level| match level {
            Isolation::ReadCommitted => ffi::XACT_READ_COMMITTED as c_int,
            Isolation::RepeatableRead => ffi::XACT_REPEATABLE_READ as c_int,
            Isolation::Serializable => ffi::XACT_SERIALIZABLE as c_int,
        });
        Ok(Prepared {
            characteristics: shim::Characteristics {
                isolation,
                read_only: self.read_only.map_or(-1, c_int::from),
                deferrable: self.deferrable.into(),
                snapshot: snapshot.as_ref().map_or(ptr::null(), |text| text.as_ptr()),
            },
            _snapshot: snapshot,
        })
    }
}

/// Characteristics, and the text that they point to.
pub(super) struct Prepared {
    pub(super) characteristics: shim::Characteristics,
    _snapshot: Option<CString>,
}

#[cold]
fn invalid_snapshot(identifier: &str) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("invalid snapshot identifier: {identifier:?}"),
    )
}
