//! The source `binary`: the exports of the server program. Its dynamic symbol table is present even
//! if everything else was stripped.

use super::reading::Reading;
use crate::binary::{Binary, Kind};
use crate::facts::Attributes;
use crate::facts::Fact;
use crate::facts::Items;

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
