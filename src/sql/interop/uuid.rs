//! The type of `uuid`.

use super::convert;
use crate::sql::value::Uuid;

convert! {
    uuid::Uuid => Uuid;
}

impl From<uuid::Uuid> for Uuid {
    fn from(theirs: uuid::Uuid) -> Self {
        Uuid(theirs.into_bytes())
    }
}

impl From<Uuid> for uuid::Uuid {
    fn from(ours: Uuid) -> Self {
        uuid::Uuid::from_bytes(ours.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_in_the_same_order() {
        let ours = Uuid(std::array::from_fn(|at| at as u8));
        let theirs = uuid::Uuid::from(ours);
        assert_eq!(theirs.to_string(), ours.to_string());
        assert_eq!(Uuid::from(theirs), ours);
    }
}
