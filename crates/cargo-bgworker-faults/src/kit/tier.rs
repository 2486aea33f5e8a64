//! How often faults run.

/// How thorough a run of the matrix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Before a merge: minutes.
    Pr,
    /// Every night: hundreds of runs, less than 1 % with 95 % confidence.
    Night,
    /// Before a release: thousands.
    Release,
}

impl Tier {
    /// Returns its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pr => "pr",
            Self::Night => "night",
            Self::Release => "release",
        }
    }
}
