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

/// What a library imports that reserves shared memory while the server starts.
const RESERVES: [&str; 4] = [
    "RequestAddinShmemSpace",
    "RequestNamedLWLockTranche",
    "shmem_request_hook",
    "shmem_startup_hook",
];

/// Returns why a server perhaps must preload a library that has no note about it. Such a library
/// may refuse to be loaded by a session, or end the session.
pub(super) fn signs(library: &Binary) -> Vec<&'static str> {
    if Preloading::of(library).is_some() || library.is_server() {
        return Vec::new();
    }
    let mut imports = library.imports.iter();
    let signs = [
        (
            imports.any(|import| RESERVES.contains(&import.name.as_str())),
            "it reserves shared memory",
        ),
        (library.registers_workers(), "it registers workers"),
        (
            library.names_preloading,
            "its texts name shared_preload_libraries",
        ),
    ];
    let signs = signs.into_iter().filter(|(is_there, _)| *is_there);
    signs.map(|(_, sign)| sign).collect()
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
