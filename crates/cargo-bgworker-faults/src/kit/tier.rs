//! How often faults are done.

/// How thorough a run of the matrix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Before a change lands: minutes.
    Pr,
    /// Every night: hundreds of runs, less than 1 % with 95 % confidence.
    Night,
    /// Before a release: thousands.
    Release,
}

impl Tier {
    /// In a word, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pr => "pr",
            Self::Night => "night",
            Self::Release => "release",
        }
    }
}
