//! The SQL types that this crate knows, as Rust types. The compiler compares the parameters of a
//! plan by these types.

use crate::error::Result;
use crate::server::datum::Oid;
use crate::sql::transaction::Transaction;

/// A SQL type at compile time.
pub trait Type: sealed::Type + 'static {
    /// The name of the type, for the declaration of a function.
    #[doc(hidden)]
    const NAME: TypeName;

    /// Returns the OID of the type. A type that is identified by name is looked up.
    #[doc(hidden)]
    fn oid(transaction: &Transaction<'_>) -> Result<Oid>;
}

/// The name of a type.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeName {
    pub(crate) base: &'static str,
    pub(crate) is_array: bool,
}

impl TypeName {
    pub(crate) const fn scalar(base: &'static str) -> Self {
        TypeName {
            base,
            is_array: false,
        }
    }

    pub(crate) const fn array(self) -> Self {
        TypeName {
            base: self.base,
            is_array: true,
        }
    }
}

/// An array of a SQL type, at compile time.
#[derive(Debug)]
pub enum Array<T> {
    #[doc(hidden)]
    _Never(std::convert::Infallible, std::marker::PhantomData<T>),
}

/// A type of `pg_type.dat`, whose OID never changes.
pub(crate) trait Known: Type {
    const OID: Oid;
    const ARRAY: Oid;
}

pub(super) mod sealed {
    pub trait Type {}
}

impl<T: Known> sealed::Type for Array<T> {}
impl<T: Known> Type for Array<T> {
    const NAME: TypeName = T::NAME.array();

    #[inline]
    fn oid(_: &Transaction<'_>) -> Result<Oid> {
        Ok(T::ARRAY)
    }
}

macro_rules! known {
    ($($type:ident $oid:literal $array:literal $name:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            #[derive(Debug)]
            pub enum $type {}

            impl sealed::Type for $type {}
            impl Type for $type {
                const NAME: TypeName = TypeName::scalar($name);

                #[inline]
                fn oid(_: &Transaction<'_>) -> Result<Oid> {
                    Ok(Self::OID)
                }
            }

            impl Known for $type {
                const OID: Oid = Oid($oid);
                const ARRAY: Oid = Oid($array);
            }
        )*

        /// The OID of each type, the OID of its array type, and its name.
        const NAMES: &[(u32, u32, &str)] = &[$(($oid, $array, $name)),*];
    };
}

known! {
    Boolean 16 1000 "boolean";
    Bytea 17 1001 "bytea";
    Char 18 1002 "\"char\"";
    Name 19 1003 "name";
    BigInt 20 1016 "bigint";
    SmallInt 21 1005 "smallint";
    Integer 23 1007 "integer";
    Text 25 1009 "text";
    OidType 26 1028 "oid";
    XidType 28 1011 "xid";
    JsonText 114 199 "json";
    Cidr 650 651 "cidr";
    Real 700 1021 "real";
    DoublePrecision 701 1022 "double precision";
    InetType 869 1041 "inet";
    Character 1042 1014 "character";
    CharacterVarying 1043 1015 "character varying";
    DateType 1082 1182 "date";
    TimeType 1083 1183 "time without time zone";
    TimestampType 1114 1115 "timestamp without time zone";
    TimestampTzType 1184 1185 "timestamp with time zone";
    IntervalType 1186 1187 "interval";
    NumericType 1700 1231 "numeric";
    Void 2278 0 "void";
    UuidType 2950 2951 "uuid";
    PgLsn 3220 3221 "pg_lsn";
    Jsonb 3802 3807 "jsonb";
    Xid8Type 5069 271 "xid8";
}

/// Returns the name of a type in the table.
pub(crate) fn known_name(oid: Oid) -> Option<String> {
    let found = NAMES
        .iter()
        .find(|known| known.0 == oid.0 || known.1 == oid.0)?;
    Some(if found.0 == oid.0 {
        found.2.to_string()
    } else {
        format!("{}[]", found.2)
    })
}
