//! Texts in the data.

use super::image::Image;

/// `PG_BACKEND_VERSIONSTR`, which `postgres --version` prints.
const BANNER: &[u8] = b"postgres (PostgreSQL) ";

/// Returns whether a text names the setting that lists preloaded libraries. Libraries that must be
/// preloaded say so in their messages.
pub(super) fn name_preloading(image: &Image<'_>) -> bool {
    let name = b"shared_preload_libraries";
    let mut parts = image.parts.iter();
    parts.any(|part| part.bytes.windows(name.len()).any(|text| text == name))
}

/// Returns what follows the banner.
pub(super) fn server_version(image: &Image<'_>) -> Option<String> {
    let mut words = image
        .parts
        .iter()
        .flat_map(|part| part.bytes.split(|byte| *byte == 0));
    let rest = words.find_map(|word| word.strip_prefix(BANNER))?;
    let line = String::from_utf8_lossy(&rest[..rest.len().min(200)]);
    line.lines().next().map(str::to_owned)
}
