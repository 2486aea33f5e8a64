//! `#[sql(name = "…")]` and `#[sql(rename = "…")]`.

use syn::{Attribute, LitStr, Result};

/// The text that this key has in the attributes, if it is there.
///
/// # Errors
/// Another key, and a key that is given twice.
pub(crate) fn text(attributes: &[Attribute], key: &str) -> Result<Option<LitStr>> {
    let mut found = None;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("sql")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident(key) {
                return Err(meta.error(format!("expected `{key} = \"…\"`")));
            }
            if found.is_some() {
                return Err(meta.error(format!("`{key}` is given twice")));
            }
            found = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(found)
}
