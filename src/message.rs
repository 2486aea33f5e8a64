//! Types that can be sent through a channel or a queue.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use std::borrow::Cow;

/// The longest message, in bytes. It is the largest size that the server allocates
/// (`MaxAllocSize`).
#[doc(alias = "MaxAllocSize")]
pub const MAX_MESSAGE: usize = 0x3fff_ffff;

/// A type whose values can be sent through a channel or a [`Queue`](crate::queue::Queue).
///
/// ```
/// use postgres_bgworker::{Error, Result, queue::Message};
/// use std::borrow::Cow;
///
/// struct Point { x: i32, y: i32 }
///
/// impl Message for Point {
///     const NAME: &'static str = "geometry.point/1";
///     fn encode(&self) -> Cow<'_, [u8]> {
///         [self.x.to_le_bytes(), self.y.to_le_bytes()].concat().into()
///     }
///     fn decode(bytes: &[u8]) -> Result<Self> {
///         let (x, y) = bytes.split_at_checked(4).ok_or_else(|| Error::other("half a point"))?;
///         Ok(Point { x: i32::decode(x)?, y: i32::decode(y)? })
///     }
/// }
/// ```
pub trait Message: Sized {
    /// The name of the type, and the version of its encoding. It must be the same in all processes
    /// that use a queue, and at both ends of a channel: a worker whose library version differs from
    /// the launcher's then gets an error when it attaches, and not in the middle of a message.
    const NAME: &'static str;

    /// Returns the encoded value, at most [`MAX_MESSAGE`] bytes, borrowed if possible.
    fn encode(&self) -> Cow<'_, [u8]>;

    /// Decodes a value.
    ///
    /// # Errors
    /// Returns an error if the bytes are invalid. The message is consumed nevertheless, and the
    /// next call receives the next one.
    fn decode(bytes: &[u8]) -> Result<Self>;
}

impl Message for Vec<u8> {
    const NAME: &'static str = "bytes";

    fn encode(&self) -> Cow<'_, [u8]> {
        self.into()
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        Ok(bytes.to_vec())
    }
}

impl Message for String {
    const NAME: &'static str = "text";

    fn encode(&self) -> Cow<'_, [u8]> {
        self.as_bytes().into()
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_string()),
            Err(error) => Err(Error::new(
                ErrorKind::Encoding,
                format!("message is not valid UTF-8: {error}"),
            )),
        }
    }
}

impl Message for () {
    const NAME: &'static str = "()";

    fn encode(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&[])
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        exactly::<0>(Self::NAME, bytes).map(drop)
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Message for $type {
            const NAME: &'static str = stringify!($type);

            fn encode(&self) -> Cow<'_, [u8]> {
                self.to_le_bytes().to_vec().into()
            }

            fn decode(bytes: &[u8]) -> Result<Self> {
                exactly(Self::NAME, bytes).map(Self::from_le_bytes)
            }
        }
    )*};
}

numbers!(i16, i32, i64, u16, u32, u64, f32, f64);

fn exactly<const N: usize>(name: &str, bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| {
        Error::new(
            ErrorKind::TypeMismatch,
            format!("expected {N} bytes for {name}, got {}", bytes.len()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back<M: Message + PartialEq + std::fmt::Debug>(message: M) {
        assert_eq!(M::decode(&message.encode()).unwrap(), message);
    }

    #[test]
    fn messages_round_trip() {
        back(vec![0_u8, 255]);
        back(Vec::<u8>::new());
        back("é\0".to_string());
        back(());
        back(i16::MIN);
        back(-1_i32);
        back(i64::MIN);
        back(u64::MAX);
        back(0.1_f64);
    }

    #[test]
    fn invalid_bytes_are_rejected() {
        assert_eq!(
            String::decode(&[0xff]).unwrap_err().kind(),
            ErrorKind::Encoding
        );
        for bytes in [&[0; 3][..], &[0; 5]] {
            assert_eq!(
                u32::decode(bytes).unwrap_err().kind(),
                ErrorKind::TypeMismatch
            );
        }
        assert!(<()>::decode(&[0]).is_err());
    }

    /// Checks that decodable bytes are encoded as the same bytes.
    fn only_one_encoding<M: Message>(bytes: &[u8]) {
        if let Ok(message) = M::decode(bytes) {
            assert_eq!(&*message.encode(), bytes, "{}", M::NAME);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..20), text: String) {
            only_one_encoding::<()>(&bytes);
            only_one_encoding::<i16>(&bytes);
            only_one_encoding::<i32>(&bytes);
            only_one_encoding::<u64>(&bytes);
            only_one_encoding::<f32>(&bytes);
            only_one_encoding::<f64>(&bytes);
            only_one_encoding::<String>(&bytes);
            only_one_encoding::<Vec<u8>>(&bytes);
            back(text);
            back(bytes);
        }
    }
}
