//! What the library says of an attack.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    Together,
    Scratch,
}

#[derive(Clone, Debug)]
pub(crate) struct Attack {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) family: String,
    pub(crate) place: Place,
    pub(crate) times: u32,
    /// It runs while the library is preloaded.
    pub(crate) preloads: bool,
    /// A name of `Expect`, and what it contains.
    pub(crate) expect: String,
}

impl Attack {
    /// A line of the conductor's.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut fields = line.strip_prefix("attack\t")?.split('\t');
        Some(Attack {
            index: fields.next()?.parse().ok()?,
            name: fields.next()?.to_owned(),
            family: fields.next()?.to_owned(),
            place: match fields.next()? {
                "Together" => Place::Together,
                _ => Place::Scratch,
            },
            times: fields.next()?.parse().ok()?,
            preloads: fields.next()? == "true",
            expect: fields.next()?.to_owned(),
        })
    }
}
