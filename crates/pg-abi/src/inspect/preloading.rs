//! Whether a server must load a library when it starts.

use crate::binary::Binary;
use crate::fingerprint::NOTE_MODULE;
use serde::Serialize;

/// Whether `shared_preload_libraries` must name a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preloading {
    /// It must: the library has a function that runs while the server starts, and that registers
    /// workers.
    Needed,
    /// It may: the library then does more.
    Optional,
    /// It need not: nothing of the library runs while the server starts.
    Unneeded,
}

impl Preloading {
    /// Returns what the arguments of `bgworker_module!` say. A library without its note is of
    /// another framework, or of an earlier version.
    pub(super) fn of(library: &Binary) -> Option<Self> {
        let mut notes = library.notes.iter();
        let note = notes.find(|note| note.kind == NOTE_MODULE)?;
        Some(Self::said(&note.text))
    }

    fn said(text: &str) -> Self {
        let has = |word: &str| text.split_whitespace().any(|one| one == word);
        match (has("init"), has("load")) {
            (true, false) => Self::Needed,
            (true, true) => Self::Optional,
            (false, _) => Self::Unneeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Preloading;

    #[test]
    fn the_arguments_of_the_macro_decide() {
        for (text, expected) in [
            ("module", Preloading::Unneeded),
            ("module load", Preloading::Unneeded),
            ("module init", Preloading::Needed),
            ("module init on_mismatch", Preloading::Needed),
            ("module load init", Preloading::Optional),
        ] {
            assert_eq!(Preloading::said(text), expected, "{text}");
        }
    }
}
