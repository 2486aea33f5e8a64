//! Conversions of other errors.

use super::{Error, ErrorKind, Text};
use std::error::Error as StdError;

type Boxed = Box<dyn StdError + Send + Sync>;

impl Error {
    /// Converts any error. The result has it as its [`source`](StdError::source).
    ///
    /// An `Error` is returned unchanged. If an `Error` is among the causes of `source`, the result
    /// has its kind and its fields, and the messages of the errors around it become CONTEXT. So the
    /// server log contains the statement and the SQLSTATE, and an error of kind
    /// [`Terminating`](ErrorKind::Terminating) keeps its kind. The messages of other causes become
    /// DETAIL.
    ///
    /// ```
    /// # use postgres_bgworker::{Error, Result};
    /// fn address(text: &str) -> Result<std::net::IpAddr> {
    ///     text.parse().map_err(Error::other)
    /// }
    /// ```
    pub fn other(source: impl Into<Boxed>) -> Self {
        match source.into().downcast::<Error>() {
            Ok(error) => *error,
            Err(source) => {
                let mut error = describe(&*source);
                error.0.source = Some(source);
                error
            }
        }
    }
}

/// Returns the messages of an error and its causes as an error of this crate.
fn describe(error: &(dyn StdError + 'static)) -> Error {
    let mut around = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(ours) = error.downcast_ref::<Error>() {
            let mut fields = ours.fields().clone();
            around
                .into_iter()
                .rev()
                .for_each(|line| fields.add_context(line));
            return Error::from_fields(ours.kind(), fields);
        }
        around.push(error.to_string());
        cause = error.source();
    }
    let mut causes = around.into_iter();
    let mut described = Error::new(ErrorKind::Other, causes.next().unwrap_or_default());
    let causes: Vec<String> = causes.collect();
    if !causes.is_empty() {
        let detail = format!("Caused by: {}.", causes.join(": "));
        described.0.fields.set(Text::Detail, detail);
    }
    described
}

impl From<Boxed> for Error {
    fn from(source: Boxed) -> Self {
        Error::other(source)
    }
}

/// An error that is not `Send` cannot be kept as the source, so only its messages are.
impl From<Box<dyn StdError>> for Error {
    fn from(source: Box<dyn StdError>) -> Self {
        match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(source) => describe(&*source),
        }
    }
}

#[cfg(feature = "with-anyhow-1")]
impl From<anyhow::Error> for Error {
    fn from(source: anyhow::Error) -> Self {
        // `downcast` removes the context of an error, so it is used for the outermost error only.
        if (*source).is::<Error>() {
            match source.downcast::<Error>() {
                Ok(error) => error,
                Err(source) => Error::other(source),
            }
        } else {
            Error::other(source)
        }
    }
}

macro_rules! from_std {
    ($($source:ty),*) => {$(
        impl From<$source> for Error {
            fn from(source: $source) -> Self {
                Error::other(source)
            }
        }
    )*};
}

from_std!(
    std::io::Error,
    std::fmt::Error,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    std::num::ParseIntError,
    std::num::ParseFloatError,
    std::num::TryFromIntError,
    std::time::SystemTimeError
);

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Result, SqlState};
    use std::fmt;

    /// An error that a program wraps around another one.
    #[derive(Debug)]
    struct Wrapped(Boxed);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the job has failed")
        }
    }

    impl StdError for Wrapped {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&*self.0)
        }
    }

    fn ours() -> Error {
        Error::new(ErrorKind::Terminating, "ours").with_context("inner")
    }

    /// Asserts that this is [`ours`] with this context.
    fn is_ours(error: &Error, context: &str) {
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Terminating, "ours")
        );
        assert_eq!(error.sqlstate(), SqlState::ADMIN_SHUTDOWN);
        assert_eq!(error.context(), Some(context));
    }

    #[test]
    fn boxed_errors_are_unboxed() {
        is_ours(&Error::from(Boxed::from(ours())), "inner");
        is_ours(&Error::from(Box::<dyn StdError>::from(ours())), "inner");
        is_ours(&Error::other(ours()), "inner");
    }

    #[test]
    fn causes_of_this_crate_keep_their_fields() {
        let nested = Wrapped(Box::new(Wrapped(Box::new(ours()))));
        let error = Error::other(nested);
        is_ours(&error, "inner\nthe job has failed\nthe job has failed");
        let source = error.source().expect("a source");
        assert!(source.downcast_ref::<Wrapped>().is_some());
    }

    #[test]
    fn other_causes_are_detail() {
        let error = Error::other(Wrapped("of the disk".into()));
        assert_eq!(error.kind(), ErrorKind::Other);
        assert_eq!(error.message(), "the job has failed");
        assert_eq!(error.detail(), Some("Caused by: of the disk."));
        let plain = Error::other("words");
        assert_eq!((plain.message(), plain.detail()), ("words", None));
    }

    #[test]
    fn question_mark_converts_boxes_in_both_directions() {
        fn boxed() -> Result<(), Boxed> {
            Err(ours())?;
            Ok(())
        }
        fn local() -> Result<(), Box<dyn StdError>> {
            Err(ours())?;
            Ok(())
        }
        fn back(is_local: bool) -> Result<()> {
            if is_local {
                local()?;
            } else {
                boxed()?;
            }
            Ok(())
        }
        is_ours(&back(true).unwrap_err(), "inner");
        is_ours(&back(false).unwrap_err(), "inner");
    }

    #[cfg(feature = "with-anyhow-1")]
    #[test]
    fn anyhow_errors_are_converted_in_both_directions() {
        use anyhow::Context;
        fn there(with_context: bool) -> anyhow::Result<()> {
            let failed: Result<()> = Err(ours());
            if with_context {
                failed.context("first").context("second")?;
            } else {
                failed?;
            }
            Ok(())
        }
        fn back(with_context: bool) -> Result<()> {
            there(with_context)?;
            Ok(())
        }
        is_ours(&back(false).unwrap_err(), "inner");
        is_ours(&back(true).unwrap_err(), "inner\nfirst\nsecond");
        is_ours(there(true).unwrap_err().downcast_ref().unwrap(), "inner");
        let other = Error::from(anyhow::anyhow!("root").context("outer"));
        assert_eq!(
            (other.message(), other.detail()),
            ("outer", Some("Caused by: root."))
        );
    }
}
