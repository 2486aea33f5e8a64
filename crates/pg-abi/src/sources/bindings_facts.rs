//! Facts as the bindings and their contract state them: every item, with the type it has in C.
//! Numbers that neither states are 0, to be filled in by a compiler.

use super::ownership;
use crate::contract::Declarations;
use crate::facts::Items;
use crate::facts::{Fact, Key, Kind, Use};
use pg_scratch::{Error, Result};

/// Returns the facts stated by a pair of files in `pregenerated/`.
pub(crate) fn of(bindings: &str, contract: &str) -> Result<Items> {
    let declarations = Declarations::parse(bindings)?;
    let mut items = Items::new();
    for line in contract.lines() {
        let Some(statement) = line.strip_prefix("PGBGW_") else {
            continue;
        };
        let unknown = || Error::new(format!("{line:?} is not a statement of a contract"));
        let (key, fact) = item(statement, &declarations).ok_or_else(unknown)?;
        if let Fact::Function { .. } = fact {
            let of = "function".to_owned();
            items.insert(Key::new(Kind::Symbol, &key.name), Fact::Symbol { of });
        }
        if let Fact::Global { .. } = fact {
            let of = "data".to_owned();
            items.insert(Key::new(Kind::Symbol, &key.name), Fact::Symbol { of });
        }
        items.insert(key, fact);
    }
    ownership::decide(&mut items);
    Ok(items)
}

fn item(statement: &str, declarations: &Declarations) -> Option<(Key, Fact)> {
    let (kind, rest) = statement.split_once('(')?;
    let (arguments, after) = rest.split_once(");")?;
    let parts: Vec<&str> = arguments.splitn(4, ", ").collect();
    let text = |index: usize| parts.get(index).map(|text| (*text).to_owned());
    // A type may contain commas.
    let rest = |index: usize| Some(parts.get(index..)?.join(", "));
    let name = text(0)?;
    let (kind, name, fact) = match kind {
        "TYPE" => {
            let (size, align) = (text(1)?.parse().ok()?, text(2)?.parse().ok()?);
            let used = Use::Pointed;
            (Kind::Type, name, Fact::Type { size, align, used })
        }
        "FIELD" | "WIDTH" | "OFFSET" => {
            let offset = text(2)?.parse().ok()?;
            // A width statement means that the type differs; the compiler reports it.
            let ty = if kind == "FIELD" {
                rest(3)?
            } else {
                String::new()
            };
            let name = format!("{name}.{}", parts.get(1)?);
            (
                Kind::Field,
                name,
                Fact::Field {
                    offset,
                    size: 0,
                    ty,
                },
            )
        }
        "INTEGER" if declarations.enums.contains(without_tag(&name)) => (
            Kind::Enum,
            name,
            Fact::Enum {
                size: 0,
                signed: false,
            },
        ),
        "INTEGER" => (
            Kind::Integer,
            name,
            Fact::Integer {
                size: 0,
                signed: false,
            },
        ),
        "ALIAS" => (Kind::Alias, name, Fact::Alias { ty: rest(1)? }),
        "CONSTANT" | "STRING" => {
            let value = rest(1)?;
            match declarations.enumerators.get(&name) {
                Some(of) => (
                    Kind::Enumerator,
                    name,
                    Fact::Enumerator {
                        value,
                        of: of.clone(),
                    },
                ),
                None => (
                    Kind::Constant,
                    name,
                    Fact::Constant {
                        value,
                        ty: String::new(),
                    },
                ),
            }
        }
        "GLOBAL" => (Kind::Global, name, Fact::Global { ty: rest(1)? }),
        "FUNCTION" => {
            let prototype = after.trim().strip_prefix("extern ")?.strip_suffix(';')?;
            let prototype = prototype.to_owned();
            (Kind::Function, name, Fact::Function { prototype })
        }
        _ => return None,
    };
    Some((Key::new(kind, name), fact))
}

/// Returns the Rust name of a type, without its tag keyword.
pub(crate) fn without_tag(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or(name)
}
