//! The parts that all kinds of settings share, and the reserved prefix of a library.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::log_line::Level;
use crate::server::preload::{Load, Loading, Preload, is_preloading};
use crate::server::report::Report;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::settings::SettingContext;
use std::ffi::{CStr, c_char, c_int};
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};

/// The states of a definition. Workers inherit the state of the postmaster.
const UNDEFINED: u8 = 0;
const WARNED: u8 = 1;
const DEFINED: u8 = 2;

/// The parts of a definition that all kinds of settings share.
#[derive(Debug)]
pub(super) struct Definition {
    name: &'static CStr,
    description: &'static CStr,
    pub(super) long_description: Option<&'static CStr>,
    pub(super) context: SettingContext,
    pub(super) flags: c_int,
    /// `UNDEFINED`, `WARNED` or `DEFINED`.
    state: AtomicU8,
}

/// The definition in C. The server keeps the pointers, except that to the name.
#[derive(Clone, Copy)]
pub(super) struct Raw {
    pub(super) name: *const c_char,
    pub(super) description: *const c_char,
    pub(super) long_description: *const c_char,
    pub(super) context: ffi::GucContext,
    pub(super) flags: c_int,
}

impl Definition {
    pub(super) const fn new(name: &'static CStr, description: &'static CStr) -> Self {
        assert!(
            is_custom_name(name.to_bytes()),
            "the name of a setting must be a prefix, a dot and a name, each of letters, digits and underscores"
        );
        Definition {
            name,
            description,
            long_description: None,
            context: SettingContext::Sighup,
            flags: 0,
            state: AtomicU8::new(UNDEFINED),
        }
    }

    pub(super) fn is_defined(&self) -> bool {
        self.state.load(Ordering::Relaxed) == DEFINED
    }

    /// Writes a WARNING if the setting is not defined. Called by each `get`, because the default
    /// that `get` returns before the definition may differ from the configuration.
    #[track_caller]
    pub(super) fn warn_if_undefined(&self, backend: &impl OnServerThread) {
        if self.state.load(Ordering::Relaxed) == UNDEFINED {
            self.warn(backend);
        }
    }

    #[cold]
    #[track_caller]
    fn warn(&self, backend: &impl OnServerThread) {
        self.state.store(WARNED, Ordering::Relaxed);
        Report::new(
            Level::Warning,
            format!("setting \"{}\" is read before it is defined", self.text()),
        )
        .detail("The default is used instead of the configured value.")
        .hint("Call define in a function given to bgworker_module!. The function given as init runs only if the library is preloaded.")
        .emit(backend);
    }

    /// Calls `define`, which passes the definition to the server. First rejects definitions for
    /// which the server would end the process.
    pub(super) fn define(
        &self,
        loading: &impl Loading,
        define: impl FnOnce(Raw) -> Result<()>,
    ) -> Result<()> {
        let thread = loading.server_thread();
        if self.is_defined() {
            // An earlier attempt to load the library has defined the setting, and failed later.
            if !is_preloading(thread) {
                return Ok(());
            }
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("setting \"{}\" is already defined", self.text()),
            ));
        }
        if self.context == SettingContext::Postmaster && !is_preloading(thread) {
            return Err(Error::new(
                ErrorKind::NotPreloading,
                format!(
                    "setting \"{}\" can only be changed by a restart, so its library must be preloaded",
                    self.text()
                ),
            )
            .with_hint("Add the library to shared_preload_libraries and restart the server."));
        }
        let process = thread.process();
        let reserved = process
            .reserved_prefixes
            .borrow()
            .iter()
            .copied()
            .find(|prefix| self.is_below(prefix));
        if let Some(prefix) = reserved {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "setting \"{}\" must be defined before its prefix is reserved",
                    self.text()
                ),
            )
            .with_detail(format!(
                "The server discarded the configured values when the prefix {:?} was reserved.",
                prefix.to_string_lossy()
            ))
            .with_hint("Call reserve_prefix after the last definition."));
        }
        define(Raw {
            name: self.name.as_ptr(),
            description: self.description.as_ptr(),
            long_description: self.long_description.map_or(ptr::null(), CStr::as_ptr),
            context: self.context.raw(),
            flags: self.flags,
        })?;
        self.state.store(DEFINED, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn text(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    fn is_below(&self, prefix: &CStr) -> bool {
        let (name, prefix) = (self.name.to_bytes(), prefix.to_bytes());
        name.len() > prefix.len()
            && name[prefix.len()] == b'.'
            && name[..prefix.len()].eq_ignore_ascii_case(prefix)
    }
}

/// Whether this is a name that `SET` accepts for a setting of a library. `DefineCustom…Variable`
/// would accept any name.
const fn is_custom_name(name: &[u8]) -> bool {
    let mut dots = 0;
    let mut begins = true;
    let mut at = 0;
    while at < name.len() {
        match name[at] {
            b'.' if !begins => {
                dots += 1;
                begins = true;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => begins = false,
            b'0'..=b'9' | b'$' if !begins => {}
            _ => return false,
        }
        at += 1;
    }
    dots > 0 && !begins
}

/// The methods that all kinds of settings have.
macro_rules! common_methods {
    () => {
        common_methods!(definition);
    };
    ($($definition:ident).+) => {
        /// Sets a longer description, for `pg_settings.extra_desc`.
        #[must_use]
        pub const fn long_description(mut self, text: &'static ::std::ffi::CStr) -> Self {
            self.$($definition).+.long_description = Some(text);
            self
        }

        /// Sets who can change the setting, and when. By default, it changes with a reload.
        #[must_use]
        pub const fn context(mut self, context: $crate::settings::SettingContext) -> Self {
            self.$($definition).+.context = context;
            self
        }

        /// Adds a flag. Can be called several times.
        #[must_use]
        pub const fn flag(mut self, flag: $crate::settings::SettingFlag) -> Self {
            self.$($definition).+.flags |= flag.raw();
            self
        }
    };
}
pub(super) use common_methods;

macro_rules! reserve_prefix {
    ($($token:ty),*) => {$(
        impl $token {
            /// Reserves a prefix: names that begin with this prefix and a dot are only those of the
            /// settings that have been defined. An undefined one in the configuration gets a
            /// WARNING now, and since 15 an error when it is set. Call this method after the last
            /// definition.
            #[doc(alias = "MarkGUCPrefixReserved")]
            #[doc(alias = "EmitWarningsOnPlaceholders")]
            pub fn reserve_prefix(&self, prefix: &'static CStr) -> Result<()> {
                reserve(self.server_thread(), prefix)
            }
        }
    )*};
}

reserve_prefix!(Preload, Load);

fn reserve(thread: ServerThread<'_>, prefix: &'static CStr) -> Result<()> {
    let name = prefix.as_ptr();
    // SAFETY: token: `thread`; plain frames; fixed text.
    unsafe { guard(|| ffi::compat::MarkGUCPrefixReserved(name)) }?;
    thread.process().reserved_prefixes.borrow_mut().push(prefix);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_prefix() {
        for good in ["a.b", "a.b.c", "_x.y9", "pg_x.a$b"] {
            assert!(is_custom_name(good.as_bytes()), "{good}");
        }
        for bad in [
            "", "a", ".", "a.", ".a", "a..b", "9a.b", "a.9", "a b.c", "a.b-c", "ä.b",
        ] {
            assert!(!is_custom_name(bad.as_bytes()), "{bad}");
        }
    }
}
