//! Types of other crates, each behind a feature that names the crate and its version: values of ours stand between them and the server.

#[cfg(feature = "with-chrono-0_4")]
mod chrono;
#[cfg(feature = "with-jiff-0_2")]
mod jiff;
#[cfg(feature = "with-rust_decimal-1")]
mod rust_decimal;
#[cfg(feature = "with-serde_json-1")]
mod serde_json;
#[cfg(feature = "with-time-0_3")]
mod time;
#[cfg(feature = "with-uuid-1")]
mod uuid;

/// Parameters and columns of a type that converts to and from one of ours.
#[allow(unused_macros)]
macro_rules! through {
    ($($theirs:ty => $ours:ty;)*) => {$(
        impl $crate::sql::SqlType for $theirs {
            type Sql = <$ours as $crate::sql::SqlType>::Sql;
        }
        impl $crate::sql::Element for $theirs {
            type Array = <$ours as $crate::sql::Element>::Array;
        }
        impl $crate::sql::value::sealed::ToDatum for $theirs {}
        impl $crate::sql::ToDatum for $theirs {
            fn oid(&self, transaction: &$crate::Transaction<'_>) -> $crate::Result<$crate::Oid> {
                <<Self as $crate::sql::SqlType>::Sql as $crate::sql::value::types::Type>::oid(transaction)
            }
            fn encode(
                &self,
                oid: $crate::Oid,
                transaction: &$crate::Transaction<'_>,
                into: &mut $crate::sql::transaction::arguments::Arguments,
            ) -> $crate::Result<()> {
                <$ours>::try_from(self.clone())?.encode(oid, transaction, into)
            }
        }
        $crate::sql::value::by_reference! { [] $theirs }
        impl $crate::sql::value::sealed::FromDatum<'_> for $theirs {}
        impl $crate::sql::FromDatum<'_> for $theirs {
            fn accepts(
                oid: $crate::Oid,
                transaction: &$crate::Transaction<'_>,
            ) -> $crate::Result<bool> {
                <$ours as $crate::sql::FromDatum<'_>>::accepts(oid, transaction)
            }
            unsafe fn decode(value: $crate::sql::value::Value<'_>) -> $crate::Result<Self> {
                // SAFETY: the caller's promise, passed on.
                let ours = unsafe { <$ours as $crate::sql::FromDatum<'_>>::decode(value) }?;
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

/// What another crate has room for comes back as it was.
#[cfg(test)]
mod tests {
    use crate::server::datum::TimestampTz;
    use crate::sql::value::{Date, Numeric, Time, Timestamp, Uuid};
    use proptest::prelude::*;

    #[allow(dead_code)]
    fn comes_back<Ours, Theirs>(ours: Ours)
    where
        Ours: Clone + PartialEq + std::fmt::Debug + TryFrom<Theirs>,
        Theirs: TryFrom<Ours>,
    {
        if let Ok(theirs) = Theirs::try_from(ours.clone()) {
            assert_eq!(Ours::try_from(theirs).ok(), Some(ours));
        }
    }

    /// Most of all numbers are far from every calendar.
    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![
            any::<i64>(),
            -400_000_000_000_000_000..400_000_000_000_000_000_i64,
            -86_400_000_000..=86_400_000_001_i64
        ]
    }

    proptest! {
        #[test]
        fn any_time_comes_back(micros in number(), days in prop_oneof![any::<i32>(), -5_000_000..5_000_000]) {
            let (date, time, at, instant) = (Date(days), Time(micros), Timestamp(micros), TimestampTz(micros));
            let _ = (date, time, at, instant);
            #[cfg(feature = "with-chrono-0_4")]
            {
                comes_back::<_, ::chrono::NaiveDate>(date);
                comes_back::<_, ::chrono::NaiveTime>(time);
                comes_back::<_, ::chrono::NaiveDateTime>(at);
                comes_back::<_, ::chrono::DateTime<::chrono::Utc>>(instant);
            }
            #[cfg(feature = "with-jiff-0_2")]
            {
                comes_back::<_, ::jiff::civil::Date>(date);
                comes_back::<_, ::jiff::civil::Time>(time);
                comes_back::<_, ::jiff::civil::DateTime>(at);
                comes_back::<_, ::jiff::Timestamp>(instant);
            }
            #[cfg(feature = "with-time-0_3")]
            {
                comes_back::<_, ::time::Date>(date);
                comes_back::<_, ::time::Time>(time);
                comes_back::<_, ::time::PrimitiveDateTime>(at);
                comes_back::<_, ::time::OffsetDateTime>(instant);
            }
        }

        #[test]
        fn any_number_comes_back(text in "(0|-?[1-9][0-9]{0,30})(\\.[0-9]{1,30})?", bytes: [u8; 16]) {
            let (numeric, uuid) = (text.parse::<Numeric>().unwrap(), Uuid(bytes));
            let _ = (&numeric, uuid);
            #[cfg(feature = "with-rust_decimal-1")]
            comes_back::<_, ::rust_decimal::Decimal>(numeric);
            #[cfg(feature = "with-uuid-1")]
            comes_back::<_, ::uuid::Uuid>(uuid);
        }
    }
}
