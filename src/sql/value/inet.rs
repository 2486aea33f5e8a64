//! Host and network addresses.

use crate::error::{Error, ErrorKind, Result};
use crate::server::datum::Oid;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::value::io::{borrowed_output, in_scratch, input};
use crate::sql::value::scalar::oid_of;
use crate::sql::value::types::{self, Known};
use crate::sql::value::{FromDatum, ToDatum, Value, sealed, sql_type};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A host address with the length of its network prefix (`inet`), or a network address (`cidr`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inet {
    address: IpAddr,
    prefix: u8,
}

impl Inet {
    /// Creates an address with a network prefix of `prefix` bits.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) if `prefix` is greater than 32 for IPv4, or greater than 128
    /// for IPv6.
    pub fn new(address: IpAddr, prefix: u8) -> Result<Self> {
        if prefix > bits_of(address) {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("network prefix of {prefix} bits is too long for address {address}"),
            ));
        }
        Ok(Inet { address, prefix })
    }

    /// Returns the address.
    pub fn address(self) -> IpAddr {
        self.address
    }

    /// Returns the length of the network prefix, in bits.
    pub fn prefix(self) -> u8 {
        self.prefix
    }
}

fn bits_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl From<IpAddr> for Inet {
    fn from(address: IpAddr) -> Self {
        Inet {
            address,
            prefix: bits_of(address),
        }
    }
}

impl fmt::Display for Inet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Inet {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = match text.split_once('/') {
            None => text.parse().ok().map(IpAddr::into),
            Some((address, prefix)) => (address.parse().ok())
                .zip(prefix.parse().ok())
                .and_then(|(address, prefix)| Inet::new(address, prefix).ok()),
        };
        parsed.ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                format!("invalid input syntax for type inet: {text:?}"),
            )
            .with_hint("Examples of valid addresses are 192.168.1.5, 192.168.1.5/24, and ::1/128.")
        })
    }
}

sql_type! {
    Inet: InetType,
}

impl ToDatum for Inet {
    fn oid(&self, _: &Transaction<'_>) -> Result<Oid> {
        Ok(oid_of::<Self>())
    }

    #[doc(alias = "inet_in")]
    fn encode(&self, oid: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
        into.value(input(&self.to_string(), oid, transaction)?);
        Ok(())
    }
}

impl sealed::FromDatum<'_> for Inet {}
impl FromDatum<'_> for Inet {
    fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
        Ok(oid == types::InetType::OID || oid == types::Cidr::OID)
    }

    #[doc(alias = "inet_out")]
    unsafe fn decode(value: Value<'_>) -> Result<Self> {
        in_scratch(value, |value| borrowed_output(value)?.parse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parsed_and_formatted() {
        for (text, shown) in [
            ("192.168.1.5", "192.168.1.5/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::1", "::1/128"),
            ("::ffff:1.2.3.4/96", "::ffff:1.2.3.4/96"),
        ] {
            assert_eq!(text.parse::<Inet>().unwrap().to_string(), shown);
        }
        for wrong in [
            "",
            "1.2.3",
            "1.2.3.4/33",
            "::1/129",
            "1.2.3.4/x",
            "1.2.3.4/",
        ] {
            assert!(wrong.parse::<Inet>().is_err(), "{wrong}");
        }
    }
}
