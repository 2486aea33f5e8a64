//! The parts of the SQL declaration of a function.
#![forbid(unsafe_code)]

use crate::sql::types::TypeName;

/// An argument of a function.
#[derive(Debug, Clone, Copy)]
pub struct ArgumentInfo {
    pub(super) type_name: TypeName,
    pub(super) is_nullable: bool,
}

/// The result of a function.
#[derive(Debug, Clone, Copy)]
pub struct ResultInfo {
    pub(super) shape: ResultShape,
    pub(super) is_set: bool,
}

/// The type of a result.
#[derive(Debug, Clone, Copy)]
pub(super) enum ResultShape {
    Type(TypeName),
    /// The types of the columns.
    Row(&'static [TypeName]),
}

/// What is not in the signature of a function: the attributes `#[sql(…)]` of
/// [`sql_function!`](crate::sql_function).
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub(super) name: Option<&'static str>,
    pub(super) volatility: &'static str,
    pub(super) parallel: &'static str,
    pub(super) returns: Option<&'static str>,
    pub(super) columns: Option<&'static str>,
    pub(super) is_definer: bool,
}

#[allow(missing_docs)]
impl Options {
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Options {
            name: None,
            volatility: "volatile",
            parallel: "unsafe",
            returns: None,
            columns: None,
            is_definer: false,
        }
    }

    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    pub const fn stable(mut self) -> Self {
        self.volatility = "stable";
        self
    }

    pub const fn immutable(mut self) -> Self {
        self.volatility = "immutable";
        self
    }

    pub const fn parallel_safe(mut self) -> Self {
        self.parallel = "safe";
        self
    }

    pub const fn parallel_restricted(mut self) -> Self {
        self.parallel = "restricted";
        self
    }

    pub const fn returns(mut self, result: &'static str) -> Self {
        self.returns = Some(result);
        self
    }

    pub const fn columns(mut self, names: &'static str) -> Self {
        self.columns = Some(names);
        self
    }

    pub const fn security_definer(mut self) -> Self {
        self.is_definer = true;
        self
    }
}

/// Everything that the declaration contains.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'p> {
    /// The name in Rust, which is the name in SQL unless an option says otherwise.
    pub name: &'static str,
    /// The exported name.
    pub symbol: &'static str,
    /// The lines of the documentation.
    pub comment: &'p [&'static str],
    /// The names of the arguments.
    pub names: &'p [&'static str],
    /// The arguments, one for each name.
    pub arguments: &'p [ArgumentInfo],
    /// The types that replace those of the arguments, one for each name.
    pub types: &'p [Option<&'static str>],
    /// The result.
    pub result: ResultInfo,
    /// The attributes.
    pub options: Options,
}

impl Parts<'_> {
    /// Returns the declaration of a trigger function.
    pub const fn trigger<'p>(
        name: &'static str,
        symbol: &'static str,
        comment: &'p [&'static str],
        options: Options,
    ) -> Parts<'p> {
        Parts {
            name,
            symbol,
            comment,
            names: &[],
            arguments: &[],
            types: &[],
            result: ResultInfo {
                shape: ResultShape::Type(TypeName::scalar("trigger")),
                is_set: false,
            },
            options,
        }
    }
}

/// Returns whether no argument can be NULL.
pub const fn is_strict(arguments: &[ArgumentInfo]) -> bool {
    let mut at = 0;
    while at < arguments.len() {
        if arguments[at].is_nullable {
            return false;
        }
        at += 1;
    }
    !arguments.is_empty()
}
