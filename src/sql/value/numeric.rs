//! The type `numeric`: numbers of any size and precision.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// A number of any size and precision (`numeric`), as text in the format of the server: `12.50`,
/// `-1e100`, `NaN`; since 14 also `Infinity` and `-Infinity`.
///
/// Numbers are compared by value, as in SQL: `1.10` equals `1.1`. `NaN` equals itself, and is
/// greater than every other number.
#[derive(Debug, Clone)]
#[doc(alias = "numeric_in")]
#[doc(alias = "numeric_out")]
#[doc(alias = "cmp_numerics")]
pub struct Numeric(pub(super) String);

impl Numeric {
    /// Returns the text of the number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn value(&self) -> Value<'_> {
        let text = self.as_str();
        match text {
            "NaN" => Value::NaN,
            "Infinity" => Value::Infinity,
            "-Infinity" => Value::NegativeInfinity,
            _ => match (text.strip_prefix('-'), Magnitude::of(text)) {
                (_, magnitude) if magnitude.is_zero() => Value::Zero,
                (None, magnitude) => Value::Positive(magnitude),
                (Some(_), magnitude) => Value::Negative(magnitude),
            },
        }
    }
}

/// A number without its sign: `0.ddd…` times 10 to the power of `exponent`, where the first digit
/// is not 0.
#[derive(Clone, Copy)]
struct Magnitude<'n> {
    exponent: i64,
    /// The digits, without the zeros at both ends, in two parts.
    digits: [&'n [u8]; 2],
}

impl<'n> Magnitude<'n> {
    /// Parses a number that `is_numeric` accepts.
    fn of(text: &'n str) -> Self {
        let (mantissa, exponent) = split_exponent(text.trim_start_matches(['+', '-']));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = whole.trim_start_matches('0').as_bytes();
        let fraction = fraction.trim_end_matches('0').as_bytes();
        let zeros = |digits: &[u8]| digits.iter().take_while(|digit| **digit == b'0').count();
        let mut exponent = exponent + whole.len() as i64;
        let digits = if whole.is_empty() {
            let leading = zeros(fraction);
            exponent -= leading as i64;
            [whole, &fraction[leading..]]
        } else if fraction.is_empty() {
            let end = whole.iter().rposition(|digit| *digit != b'0');
            [&whole[..end.map_or(0, |at| at + 1)], fraction]
        } else {
            [whole, fraction]
        };
        Magnitude { exponent, digits }
    }

    fn is_zero(self) -> bool {
        self.digits().next().is_none()
    }

    fn digits(self) -> impl Iterator<Item = &'n u8> {
        self.digits.into_iter().flatten()
    }

    fn compare(self, other: Self) -> Ordering {
        (self.exponent.cmp(&other.exponent)).then_with(|| self.digits().cmp(other.digits()))
    }
}

/// A value, in the order of SQL.
#[derive(Clone, Copy)]
enum Value<'n> {
    NegativeInfinity,
    Negative(Magnitude<'n>),
    Zero,
    Positive(Magnitude<'n>),
    Infinity,
    NaN,
}

impl Value<'_> {
    fn rank(self) -> u8 {
        match self {
            Value::NegativeInfinity => 0,
            Value::Negative(_) => 1,
            Value::Zero => 2,
            Value::Positive(_) => 3,
            Value::Infinity => 4,
            Value::NaN => 5,
        }
    }
}

impl Ord for Numeric {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.value(), other.value()) {
            (Value::Positive(left), Value::Positive(right)) => left.compare(right),
            (Value::Negative(left), Value::Negative(right)) => right.compare(left),
            (left, right) => left.rank().cmp(&right.rank()),
        }
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Numeric {}

impl Hash for Numeric {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let value = self.value();
        value.rank().hash(state);
        if let Value::Positive(magnitude) | Value::Negative(magnitude) = value {
            magnitude.exponent.hash(state);
            magnitude.digits().for_each(|digit| digit.hash(state));
        }
    }
}

impl FromStr for Numeric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if is_numeric(text) {
            return Ok(Numeric(text.to_string()));
        }
        Err(Error::new(
            ErrorKind::Invalid,
            format!("invalid input syntax for type numeric: {text:?}"),
        )
        .with_hint("Examples of valid numbers are 12.50, 1e100, NaN, and -Infinity."))
    }
}

/// The server rejects exponents from this one on (`numeric.c`, `set_var_from_str`).
const MAX_EXPONENT: i64 = i32::MAX as i64 / 2;

/// Returns whether every major parses the text, with the same result.
fn is_numeric(text: &str) -> bool {
    if ["NaN", "Infinity", "-Infinity"].contains(&text) {
        return true;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent.strip_prefix(['+', '-']).unwrap_or(exponent),
        ),
        None => (unsigned, "0"),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && digits(exponent)
        && exponent
            .parse()
            .is_ok_and(|exponent: i64| exponent < MAX_EXPONENT)
}

/// Splits a number without a sign. Without an exponent, that is 0.
fn split_exponent(unsigned: &str) -> (&str, i64) {
    match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().unwrap_or_default()),
        None => (unsigned, 0),
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl From<$type> for Numeric {
            fn from(value: $type) -> Self {
                Numeric(value.to_string())
            }
        }
    )*};
}

whole!(i16, i32, i64, i128, u32, u64, u128);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::hash::DefaultHasher;

    #[test]
    fn only_numbers_are_accepted() {
        for text in [
            "0",
            "-1",
            "+1.5",
            ".5",
            "5.",
            "1e10",
            "-1.5E-10",
            "NaN",
            "-Infinity",
        ] {
            assert!(is_numeric(text), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "e1",
            "1e",
            "1e+",
            "0x10",
            "1_000",
            " 1",
            "1 ",
            "inf",
            "--1",
            "1.2.3",
            "١",
            "1e1073741823",
            "1e99999999999999999999",
        ] {
            assert!(!is_numeric(text), "{text}");
        }
        assert_eq!(Numeric::from(i128::MIN).as_str(), i128::MIN.to_string());
    }

    fn hash(number: &Numeric) -> u64 {
        let mut hasher = DefaultHasher::new();
        number.hash(&mut hasher);
        hasher.finish()
    }

    fn compared(left: &str, right: &str) -> Ordering {
        let [left, right]: [Numeric; 2] = [left, right].map(|text| text.parse().unwrap());
        assert_eq!(left.cmp(&right), right.cmp(&left).reverse());
        assert!(left != right || hash(&left) == hash(&right));
        left.cmp(&right)
    }

    #[test]
    fn equal_values_have_many_texts() {
        for same in [
            &["1.10", "1.1", "+01.1", "11e-1", "0.011E+2", "110e-0002"][..],
            &["0", "-0", "0.00", "0e5", "-.0"],
            &["-1500", "-1.5e3", "-15E2", "-01500.000"],
            &["NaN"],
            &["Infinity"],
        ] {
            for left in same {
                for right in same {
                    assert_eq!(compared(left, right), Ordering::Equal, "{left} {right}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_ordered_as_in_sql() {
        let ordered = [
            "-Infinity",
            "-1e100",
            "-11",
            "-10",
            "-1.01",
            "-1",
            "-0.5",
            "-.05",
            "0",
            "1e-100",
            "0.05",
            "0.051",
            "0.5",
            "1",
            "1.001",
            "1.01",
            "9",
            "10",
            "10.0001",
            "1e2",
            "Infinity",
            "NaN",
        ];
        for (at, left) in ordered.iter().enumerate() {
            for right in &ordered[at + 1..] {
                assert_eq!(compared(left, right), Ordering::Less, "{left} {right}");
            }
        }
    }

    proptest! {
        #[test]
        fn valid_numbers_are_accepted(text in "[+-]?([0-9]{1,40}(\\.[0-9]{0,9})?|\\.[0-9]{1,9})([eE][+-]?[0-9]{1,4})?") {
            let numeric: Numeric = text.parse().unwrap();
            prop_assert_eq!(numeric.as_str(), text);
        }

        #[test]
        fn integers_round_trip(number: i128) {
            let numeric = Numeric::from(number);
            prop_assert_eq!(numeric.as_str().parse::<i128>().unwrap(), number);
            prop_assert_eq!(numeric.as_str().parse::<Numeric>().unwrap(), numeric);
        }

        #[test]
        fn accepted_texts_are_numbers(text in "[0-9eE+.NaInfity \\-]{0,12}") {
            // Rust accepts all of these texts, and some more.
            if is_numeric(&text) {
                prop_assert!(text.parse::<f64>().is_ok(), "{}", text);
            }
        }

        /// Numbers with few digits, as fractions of a million.
        #[test]
        fn any_numbers_are_compared_by_value(left in -2_000_000..2_000_000i64, right in -2_000_000..2_000_000i64, shifts: [u8; 2]) {
            let text = |number: i64, shift: u8| {
                let shift = i32::from(shift % 9);
                format!("{}{}e{}", number, "0".repeat(shift as usize), -6 - shift)
            };
            prop_assert_eq!(compared(&text(left, shifts[0]), &text(right, shifts[1])), left.cmp(&right));
            let plain = format!("{}{}.{:06}", if left < 0 { "-" } else { "" }, left.abs() / 1_000_000, left.abs() % 1_000_000);
            prop_assert_eq!(compared(&plain, &text(right, shifts[1])), left.cmp(&right));
        }
    }
}
