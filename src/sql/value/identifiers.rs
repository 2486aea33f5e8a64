//! Transaction identifiers and positions in the write-ahead log.

use crate::error::{Error, ErrorKind, Result};
use crate::server::datum::{ByValue, Oid};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::value::scalar::{FLOAT8_BY_VALUE, bits, oid_of, read_bits};
use crate::sql::value::{FromDatum, ToDatum, Value, sealed, sql_type};
use std::fmt;
use std::str::FromStr;

/// A transaction ID (`xid`) of 32 bits, which wraps around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "TransactionId")]
pub struct Xid(pub u32);

/// A transaction ID of 64 bits (`xid8`), which does not wrap around. Since 13.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "FullTransactionId")]
pub struct Xid8(pub u64);

/// A position in the write-ahead log (`pg_lsn`), in bytes from its start. Since 9.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "XLogRecPtr")]
pub struct Lsn(pub u64);

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 as u32)
    }
}

impl FromStr for Lsn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let half = |digits: &str| {
            let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            (is_hexadecimal && (1..=8).contains(&digits.len())).then_some(())?;
            u32::from_str_radix(digits, 16).ok()
        };
        let parsed = text
            .split_once('/')
            .and_then(|(high, low)| Some((half(high)?, half(low)?)));
        let (high, low) = parsed.ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                format!("invalid input syntax for type pg_lsn: {text:?}"),
            )
            .with_hint("Write the position as two hexadecimal numbers, such as 16/B374D848.")
        })?;
        Ok(Lsn((u64::from(high) << 32) | u64::from(low)))
    }
}

sql_type! {
    Xid: XidType,
    Xid8: Xid8Type,
    Lsn: PgLsn,
}

impl ToDatum for Xid {
    fn oid(&self, _: &Transaction<'_>) -> Result<Oid> {
        Ok(oid_of::<Self>())
    }

    fn encode(&self, _: Oid, _: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
        into.value(self.0.into_by_value());
        Ok(())
    }
}

impl sealed::FromDatum<'_> for Xid {}
impl FromDatum<'_> for Xid {
    fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
        Ok(oid == oid_of::<Self>())
    }

    unsafe fn decode(value: Value<'_>) -> Result<Self> {
        Ok(Xid(u32::from_by_value(value.datum)))
    }
}

bits! {
    Xid8, FLOAT8_BY_VALUE, u64, read_xid8, |xid| xid.0, |raw| Xid8(raw);
    Lsn, FLOAT8_BY_VALUE, u64, read_lsn, |lsn| lsn.0, |raw| Lsn(raw);
}

read_bits! {
    Xid8, read_xid8;
    Lsn, read_lsn;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_have_the_format_of_the_server() {
        let lsn = Lsn(0x16_B374_D848);
        assert_eq!(lsn.to_string(), "16/B374D848");
        assert_eq!("16/B374D848".parse::<Lsn>().unwrap(), lsn);
        assert_eq!("0/0".parse::<Lsn>().unwrap(), Lsn(0));
        for wrong in [
            "",
            "/",
            "1",
            "1/",
            "/1",
            "123456789/0",
            "g/0",
            "1/2/3",
            "+1/0",
        ] {
            assert!(wrong.parse::<Lsn>().is_err(), "{wrong}");
        }
    }
}
