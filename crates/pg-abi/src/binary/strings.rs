//! The server's version, in its data.

use super::image::Image;

/// `PG_BACKEND_VERSIONSTR`, which `postgres --version` prints.
const BANNER: &[u8] = b"postgres (PostgreSQL) ";

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
