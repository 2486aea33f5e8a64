//! SQLSTATEs. Their names are in `sqlstates`.

use crate::ffi;
use std::fmt;

/// A SQLSTATE: five digits or capital letters that say what an error is.
///
/// Each condition of PostgreSQL has a constant, named as its macro in `utils/errcodes.h` without
/// `ERRCODE_`.
///
/// ```
/// # use postgres_bgworker::error::SqlState;
/// let state = SqlState::UNIQUE_VIOLATION;
/// assert_eq!(state, SqlState::new("23505"));
/// assert_eq!((state.code(), state.class()), ("23505", "23"));
/// assert_eq!(state.to_string(), "23505");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "MAKE_SQLSTATE")]
pub struct SqlState([u8; 5]);

impl SqlState {
    /// The state with this code: five digits or capital letters.
    ///
    /// # Panics
    /// If it is anything else; in a `const` that is a compile error.
    pub const fn new(code: &str) -> Self {
        let (true, Some(code)) = (code.len() == 5, code.as_bytes().first_chunk::<5>()) else {
            panic!("a SQLSTATE has five characters");
        };
        let mut at = 0;
        while at < 5 {
            assert!(
                code[at].is_ascii_digit() || code[at].is_ascii_uppercase(),
                "a SQLSTATE has digits and capital letters only"
            );
            at += 1;
        }
        SqlState(*code)
    }

    /// The five characters.
    pub const fn code(&self) -> &str {
        ascii(&self.0)
    }

    /// The first two characters, which say what group of errors this one belongs to.
    #[doc(alias = "ERRCODE_TO_CATEGORY")]
    pub const fn class(&self) -> &str {
        ascii(self.0.split_at(2).0)
    }

    /// As the server has it in `ErrorData`.
    pub const fn raw(self) -> i32 {
        ffi::inline::MAKE_SQLSTATE(&self.0)
    }

    /// From what [`SqlState::raw`] has returned. Each character has six bits, counted from `0`.
    #[doc(alias = "unpack_sql_state")]
    pub const fn from_raw(raw: i32) -> Self {
        let mut code = [0; 5];
        let mut at = 0;
        while at < 5 {
            code[at] = ((raw >> (6 * at)) & 0x3F) as u8 + b'0';
            at += 1;
        }
        SqlState(code)
    }
}

/// Constants of [`SqlState`], by their names and codes.
macro_rules! sqlstates {
    ($($name:ident $code:literal;)*) => {
        impl SqlState {$(
            #[doc = concat!("`", $code, "`: `ERRCODE_", stringify!($name), "`")]
            pub const $name: SqlState = SqlState::new($code);
        )*}
    };
}

pub(super) use sqlstates;

/// All of these bytes are ASCII, by the constructors.
const fn ascii(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => unreachable!(),
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlState({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn constants_match_in_patterns() {
        let class = match SqlState::new("40P01") {
            SqlState::T_R_DEADLOCK_DETECTED => "deadlock",
            _ => "something else",
        };
        assert_eq!(class, "deadlock");
        assert_eq!(format!("{:>7}", SqlState::SUCCESSFUL_COMPLETION), "  00000");
    }

    proptest! {
        #[test]
        fn any_code_is_packed_and_unpacked(code in "[0-9A-Z]{5}") {
            let state = SqlState::new(&code);
            prop_assert_eq!(SqlState::from_raw(state.raw()), state);
            prop_assert_eq!(state.code(), code.as_str());
            prop_assert_eq!(state.class(), &code[..2]);
        }

        #[test]
        fn any_number_is_five_characters(raw: i32) {
            let state = SqlState::from_raw(raw);
            prop_assert_eq!(state.code().len(), 5);
            prop_assert_eq!(state.raw(), raw & 0x3FFF_FFFF);
        }
    }
}
