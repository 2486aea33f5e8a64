//! The type of `rust_decimal`: 28 significant digits, without `NaN` and infinities.

use super::{convert, not_representable};
use crate::error::{Error, Result};
use crate::sql::value::Numeric;
use rust_decimal::Decimal;

convert! {
    Decimal => Numeric;
}

impl TryFrom<Decimal> for Numeric {
    type Error = Error;

    fn try_from(decimal: Decimal) -> Result<Self> {
        decimal.to_string().parse()
    }
}

impl TryFrom<Numeric> for Decimal {
    type Error = Error;

    /// Returns an error if the number cannot be represented exactly.
    fn try_from(numeric: Numeric) -> Result<Self> {
        Decimal::from_str_exact(numeric.as_str()).map_err(|_| not_representable(numeric, "Decimal"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inexact_conversions_are_errors() {
        for text in ["0", "-12.50", "79228162514264337593543950335"] {
            let numeric: Numeric = text.parse().unwrap();
            let decimal = Decimal::try_from(numeric.clone()).unwrap();
            assert_eq!(Numeric::try_from(decimal).unwrap(), numeric);
        }
        let long = format!("0.{}1", "0".repeat(40));
        for text in [
            "NaN",
            "Infinity",
            "79228162514264337593543950336",
            long.as_str(),
        ] {
            let numeric: Numeric = text.parse().unwrap();
            assert!(Decimal::try_from(numeric).is_err(), "{text}");
        }
    }
}
