//! Check functions of settings. The server calls them in the postmaster and in every session, for
//! each new value, but does not pass the setting. Therefore, each check function of the user gets a
//! C function of its own, which identifies the check function by its type alone.

use crate::error::{Error, ErrorKind, Result, setting_to_utf8, to_server};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::panic;
use crate::server::thread::ServerThread;
use crate::settings::SettingEnum;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::time::Duration;

/// A check function of a setting: a function given by its name, or a closure that captures nothing.
/// A closure that captures values does not compile.
///
/// Every type with these bounds implements it.
pub trait CheckFn: Copy + Send + Sync + 'static {}
impl<F: Copy + Send + Sync + 'static> CheckFn for F {}

/// Does not compile for a closure that captures values.
pub(super) const fn assert_plain<F: CheckFn>(_: F) {
    const {
        assert!(
            size_of::<F>() == 0,
            "a check function must be given by its name, or be a closure that captures nothing"
        );
    }
}

/// # Safety
/// `F` is a zero-sized type: `assert_plain` has been called with a value of it.
unsafe fn check_fn<F: CheckFn>() -> &'static F {
    // SAFETY: no size: the caller's promise.
    unsafe { NonNull::dangling().as_ref() }
}

/// Calls the check function `F`.
pub(super) fn call<F: CheckFn + Fn(T) -> Result<()>, T>(value: T) -> Result<()> {
    // SAFETY: no size: only settings that were given an `F` name this function.
    let check = unsafe { check_fn::<F>() };
    check(value)
}

/// Calls the check function of a setting that the server stores as a number of units.
pub(super) fn call_scaled<F: CheckFn + Fn(S::Value) -> Result<()>, S: Scale>(
    number: i32,
) -> Result<()> {
    call::<F, S::Value>(S::value(number))
}

/// Like [`call`], for strings.
pub(super) fn call_str<F: CheckFn + Fn(&str) -> Result<()>>(value: &str) -> Result<()> {
    // SAFETY: as in `call`.
    let check = unsafe { check_fn::<F>() };
    check(value)
}

/// Calls a check function of the user. Returns a panic as an error.
pub(super) fn judge(check: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|payload| Err(panic::into_error(payload)))
}

/// Returns the result of the hook. The default is checked when the setting is defined. Later calls
/// must accept it, because the server would end the postmaster otherwise.
fn verdict(
    thread: ServerThread<'_>,
    source: ffi::GucSource,
    check: impl FnOnce() -> Result<()>,
) -> bool {
    if source == ffi::GucSource::PGC_S_DEFAULT {
        return true;
    }
    let Err(error) = judge(check) else {
        return true;
    };
    explain(thread, &error);
    // The error may contain values of the user's types, and a panic must not reach the postmaster
    // or a session.
    panic::drop_contained(error);
    false
}

/// A session has not prepared the conversion of texts as a worker does.
#[cold]
fn prepare_conversions(_thread: ServerThread<'_>) {
    // SAFETY: token: `_thread`; plain frames. If this fails, the value is rejected.
    let _ = unsafe { guard(|| ffi::shim::pgbgw_prepare_conversions()) };
}

/// Passes the reason to the server. By default, the server's message names the setting and the
/// value, and the message of the error becomes the DETAIL. An error with a DETAIL replaces the
/// server's message.
fn explain(_thread: ServerThread<'_>, error: &Error) {
    let texts = match error.detail() {
        None => [None, Some(error.message()), error.hint()],
        Some(detail) => [Some(error.message()), Some(detail), error.hint()],
    };
    let texts = texts.map(|text| text.map(to_server));
    let [message, detail, hint] = [0, 1, 2].map(|at| pointer(&texts[at]));
    // Errors of kind `Other` keep the server's `invalid_parameter_value`.
    let sqlstate = (error.kind() != ErrorKind::Other).then_some(error.sqlstate().raw());
    // SAFETY: token: `_thread`; plain frames. If this fails, the value is still rejected.
    let _ = unsafe {
        guard(|| {
            if let Some(sqlstate) = sqlstate {
                ffi::GUC_check_errcode(sqlstate);
            }
            if !message.is_null() {
                ffi::macros::pgbgw_guc_check_errmsg(message);
            }
            if !detail.is_null() {
                ffi::macros::pgbgw_guc_check_errdetail(detail);
            }
            if !hint.is_null() {
                ffi::macros::pgbgw_guc_check_errhint(hint);
            }
        })
    };
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// Converts a number of units into a value.
pub(super) trait Scale {
    type Value;
    fn value(number: c_int) -> Self::Value;
}

/// A time in units of `UNIT` milliseconds.
pub(super) struct Millis<const UNIT: u64>;

impl<const UNIT: u64> Scale for Millis<UNIT> {
    type Value = Duration;

    fn value(number: c_int) -> Duration {
        Duration::from_millis(u64::from(number.unsigned_abs()) * UNIT)
    }
}

/// A size in units of `UNIT` bytes.
pub(super) struct Bytes<const UNIT: u64>;

impl<const UNIT: u64> Scale for Bytes<UNIT> {
    type Value = u64;

    fn value(number: c_int) -> u64 {
        u64::from(number.unsigned_abs()) * UNIT
    }
}

// The hooks. `B` is the server's boolean type: `bool`, and a character up to 10.

/// # Safety
/// Only for the server, as the check hook of a setting whose check function is `F`. The same
/// applies to the hooks below.
pub(super) unsafe extern "C-unwind" fn bool<F: CheckFn + Fn(bool) -> Result<()>, B>(
    value: *mut B,
    _extra: *mut *mut c_void,
    source: ffi::GucSource,
) -> B
where
    B: Copy + PartialEq + From<bool>,
{
    // SAFETY: token: the server calls its hooks on its thread.
    let thread = unsafe { ServerThread::assume() };
    // SAFETY: server memory: the new value, valid during this call; no size: `F` is the setting's.
    let (value, check) = unsafe { (*value != B::from(false), check_fn::<F>()) };
    verdict(thread, source, || check(value)).into()
}

pub(super) unsafe extern "C-unwind" fn int<F: CheckFn + Fn(i32) -> Result<()>, B: From<bool>>(
    value: *mut c_int,
    _extra: *mut *mut c_void,
    source: ffi::GucSource,
) -> B {
    // SAFETY: as in `bool`.
    let thread = unsafe { ServerThread::assume() };
    // SAFETY: as in `bool`.
    let (value, check) = unsafe { (*value, check_fn::<F>()) };
    verdict(thread, source, || check(value)).into()
}

pub(super) unsafe extern "C-unwind" fn scaled<F, S, B: From<bool>>(
    value: *mut c_int,
    _extra: *mut *mut c_void,
    source: ffi::GucSource,
) -> B
where
    F: CheckFn + Fn(S::Value) -> Result<()>,
    S: Scale,
{
    // SAFETY: as in `bool`.
    let thread = unsafe { ServerThread::assume() };
    // SAFETY: as in `bool`.
    let (value, check) = unsafe { (*value, check_fn::<F>()) };
    verdict(thread, source, || check(S::value(value))).into()
}

pub(super) unsafe extern "C-unwind" fn real<F: CheckFn + Fn(f64) -> Result<()>, B: From<bool>>(
    value: *mut f64,
    _extra: *mut *mut c_void,
    source: ffi::GucSource,
) -> B {
    // SAFETY: as in `bool`.
    let thread = unsafe { ServerThread::assume() };
    // SAFETY: as in `bool`.
    let (value, check) = unsafe { (*value, check_fn::<F>()) };
    verdict(thread, source, || {
        // Up to 11 the server accepts NaN, because comparisons do not find it outside the range.
        if value.is_nan() {
            return Err(Error::new(ErrorKind::Invalid, "The value is not a number."));
        }
        check(value)
    })
    .into()
}

pub(super) unsafe extern "C-unwind" fn string<
    F: CheckFn + Fn(&str) -> Result<()>,
    B: From<bool>,
>(
    value: *mut *mut c_char,
    _extra: *mut *mut c_void,
    source: ffi::GucSource,
) -> B {
    // SAFETY: as in `bool`.
    let thread = unsafe { ServerThread::assume() };
    // SAFETY: as in `bool`; the text ends with a NUL, and is not null because no default is null.
    let (value, check) = unsafe { (CStr::from_ptr(*value), check_fn::<F>()) };
    if value.to_str().is_err() {
        prepare_conversions(thread);
    }
    verdict(thread, source, || match setting_to_utf8(value) {
        Ok(value) => check(&value),
        Err(error) => Err(Error::new(
            ErrorKind::Encoding,
            format!("The value is not valid UTF-8: {error}."),
        )),
    })
    .into()
}

pub(super) unsafe extern "C-unwind" fn option<T, F, B: From<bool>>(
    value: *mut c_int,
    _extra: *mut *mut c_void,
    source: ffi::GucSource,
) -> B
where
    T: SettingEnum,
    F: CheckFn + Fn(T) -> Result<()>,
{
    // SAFETY: as in `bool`.
    let thread = unsafe { ServerThread::assume() };
    // SAFETY: as in `bool`.
    let (value, check) = unsafe { (*value, check_fn::<F>()) };
    verdict(thread, source, || match T::at(value) {
        Some(value) => check(value),
        None => Err(Error::new(
            ErrorKind::Invalid,
            "The value is not one of the options.",
        )),
    })
    .into()
}
