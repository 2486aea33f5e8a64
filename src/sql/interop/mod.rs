//! Types of other crates, each behind a feature of the crate's name: values of ours stand between them and the server.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
#[cfg(feature = "serde_json")]
mod serde_json;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;

/// Parameters and columns of a type that converts to and from one of ours.
#[allow(unused_macros)]
macro_rules! through {
    ($($theirs:ty => $ours:ty;)*) => {$(
        impl $crate::sql::value::sealed::Sealed for $theirs {}
        impl $crate::SqlType for $theirs {
            const OID: $crate::Oid = <$ours as $crate::SqlType>::OID;
        }
        impl $crate::Element for $theirs {
            const ARRAY: $crate::Oid = <$ours as $crate::Element>::ARRAY;
        }
        impl $crate::ToDatum for $theirs {
            fn sql_type(&self) -> $crate::Oid {
                <Self as $crate::SqlType>::OID
            }
            fn encode(
                &self,
                transaction: &$crate::Transaction<'_>,
                into: &mut $crate::sql::arguments::Arguments,
            ) -> $crate::Result<()> {
                <$ours>::try_from(self.clone())?.encode(transaction, into)
            }
        }
        impl $crate::FromDatum<'_> for $theirs {
            fn accepts(
                sql_type: $crate::Oid,
                transaction: &$crate::Transaction<'_>,
            ) -> $crate::Result<bool> {
                <$ours as $crate::FromDatum<'_>>::accepts(sql_type, transaction)
            }
            unsafe fn decode(value: $crate::Value<'_>) -> $crate::Result<Self> {
                // SAFETY: the caller's promise, passed on.
                let ours = unsafe { <$ours as $crate::FromDatum<'_>>::decode(value) }?;
                <$theirs>::try_from(ours).map_err(Into::into)
            }
        }
    )*};
}
#[allow(unused_imports)]
use through;

/// From the Unix epoch to the server's, in microseconds.
#[allow(dead_code)]
const EPOCH: i64 = 946_684_800_000_000;

/// An infinity, or a value that the other crate has no room for.
#[allow(dead_code)]
fn no_room(value: impl std::fmt::Debug, theirs: &str) -> crate::Error {
    crate::Error::new(
        crate::ErrorKind::Invalid,
        format!("{theirs} cannot hold {value:?}"),
    )
    .with_hint("Read it as the type of this crate, which can.")
}
