//! The type of `serde_json`.

use super::convert;
use crate::error::{Error, Result};
use crate::sql::value::Json;
use serde_json::Value;

convert! {
    Value => Json;
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Json(value.to_string())
    }
}

impl TryFrom<Json> for Value {
    type Error = Error;

    fn try_from(json: Json) -> Result<Self> {
        serde_json::from_str(&json.0).map_err(Error::other)
    }
}
