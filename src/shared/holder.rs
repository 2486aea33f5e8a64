//! Who may take locks.

use crate::shared::held::LockHolder;
use crate::sql::Transaction;
use crate::worker::Worker;

impl<S> LockHolder for Worker<'_, S> {}
impl LockHolder for Transaction<'_> {}
