//! Running as another role: `shim/role.c`.

use crate::Oid;
use core::ffi::{c_char, c_int};

/// The identity of this process before it became another user. See [`pgbgw_become`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// The previous current role.
    pub role: Oid,
    /// `SECURITY_*`.
    pub context: c_int,
    /// The nesting level of settings. Settings changed on this level or a deeper one belong to the
    /// other user.
    pub guc_level: c_int,
}

/// [`pgbgw_become`]: the process is the other user now.
pub const BECAME: c_int = 0;
/// [`pgbgw_become`]: the role does not exist.
pub const NO_SUCH_ROLE: c_int = 1;
/// [`pgbgw_become`]: the current role may not become that one.
pub const NOT_A_MEMBER: c_int = 2;

unsafe extern "C-unwind" {
    /// `SetUserIdAndSecContext` to this role, if the current role may `SET ROLE` to it, in a
    /// security-restricted operation and on a new nesting level of settings. The role is given by
    /// name, or by OID if the name is null. Returns [`BECAME`], [`NO_SUCH_ROLE`] or
    /// [`NOT_A_MEMBER`]. `before` is written only for [`BECAME`]. Call it inside a transaction. May
    /// raise.
    pub fn pgbgw_become(name: *const c_char, role: Oid, before: *mut Identity) -> c_int;

    /// Ends [`pgbgw_become`], in the same subtransaction: restores settings, user and security
    /// context. May raise.
    pub fn pgbgw_become_again(before: *const Identity);
}
