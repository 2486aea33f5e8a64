//! The source `binary`: the exports of the server program, and the values that it compares with the
//! magic block of a library. Both are present even if everything else was stripped.

use super::reading::Reading;
use crate::binary::{Binary, Kind};
use crate::facts::Attributes;
use crate::facts::Fact;
use crate::facts::{Items, Kind as Item};

/// Returns a program's facts about the symbols among these items.
pub fn read(binary: &Binary, items: &Items) -> Reading {
    let mut reading = Reading::default();
    for (key, fact) in items {
        let Fact::Symbol { of } = fact else { continue };
        let said = binary
            .exports
            .get(&key.name)
            .map(|export| match export.kind {
                Kind::Function => "function".to_owned(),
                // The headers do not give the size of an array without a length.
                Kind::Data if of == "data" => "data".to_owned(),
                Kind::Data => format!("data of {} bytes", export.size),
                other => other.describe().to_owned(),
            });
        let said = said.map(|said| ("is", said));
        reading.0.insert(key.clone(), Attributes::from_iter(said));
    }
    reading
}

/// Returns the values that a server requires of libraries, as far as they are among these items.
pub(crate) fn required(binary: &Binary, items: &Items) -> Reading {
    let mut reading = Reading::default();
    // Of several blocks, only code that is not run here knows the server's.
    let [magic] = binary.magic.as_slice() else {
        return reading;
    };
    let number = |value: bool| i32::from(value).to_string();
    for key in items.keys() {
        let said = match (key.kind, key.name.as_str()) {
            (Item::Constant, "FUNC_MAX_ARGS") => Some(magic.func_max_args.to_string()),
            (Item::Constant, "INDEX_MAX_KEYS") => Some(magic.index_max_keys.to_string()),
            (Item::Constant, "NAMEDATALEN") => Some(magic.name_data_len.to_string()),
            (Item::Constant, "PGBGW_FLOAT4_BY_VALUE") => magic.float4_by_value.map(number),
            (Item::Constant, "PGBGW_FLOAT8_BY_VALUE") => Some(number(magic.float8_by_value)),
            (Item::Environment, "abi_extra") => magic.abi_extra.clone(),
            _ => None,
        };
        let attribute = if key.kind == Item::Constant {
            "value"
        } else {
            "is"
        };
        if let Some(said) = said {
            reading.say(key.clone(), attribute, said);
        }
    }
    reading
}
