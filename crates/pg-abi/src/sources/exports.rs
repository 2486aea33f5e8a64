//! The witness `binary`: what the server's program exports. Its dynamic symbol table is there even when
//! everything else was stripped.

use super::reading::Reading;
use crate::binary::{Binary, Kind};
use crate::facts::Attributes;
use crate::facts::Fact;
use crate::facts::Items;
use pg_scratch::Result;
use std::path::Path;

/// What a program says of the symbols among these items.
pub fn read(program: &Path, items: &Items) -> Result<Reading> {
    let binary = Binary::read(program)?;
    let mut reading = Reading::default();
    for (key, fact) in items {
        let Fact::Symbol { of } = fact else { continue };
        let said = binary
            .exports
            .get(&key.name)
            .map(|export| match export.kind {
                Kind::Function => "function".to_owned(),
                // Of an array without a length the headers do not know the size.
                Kind::Data if of == "data" => "data".to_owned(),
                Kind::Data => format!("data of {} bytes", export.size),
                other => other.describe().to_owned(),
            });
        let said = said.map(|said| ("is", said));
        reading.0.insert(key.clone(), Attributes::from_iter(said));
    }
    Ok(reading)
}
