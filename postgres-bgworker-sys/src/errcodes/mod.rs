//! Every condition of `utils/errcodes.h` by its name, packed as in `ErrorData::sqlerrcode` and as
//! [`ReportFields::sqlstate`](crate::shim::ReportFields::sqlstate) expects it. The constants are
//! those of all majors, because a library can raise any of them in any server.
//!
//! ```
//! use postgres_bgworker_sys::{errcodes, inline};
//! assert_eq!(errcodes::ERRCODE_UNIQUE_VIOLATION, inline::MAKE_SQLSTATE(b"23505"));
//! assert_eq!(&inline::unpack_sql_state(errcodes::ERRCODE_INTERNAL_ERROR), b"XX000");
//! ```

mod list;

pub use list::*;

/// Constants, by their names and codes.
macro_rules! errcodes {
    ($($name:ident $code:literal;)*) => {$(
        #[doc = concat!("`", $code, "` (`utils/errcodes.h`).")]
        pub const $name: ::core::ffi::c_int =
            match $code.as_bytes().first_chunk::<5>() {
                Some(code) => $crate::inline::MAKE_SQLSTATE(code),
                None => panic!("a SQLSTATE has five characters"),
            };
    )*};
}

use errcodes;
