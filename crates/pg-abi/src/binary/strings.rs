//! Texts in the data.

use super::image::Image;

/// `PG_BACKEND_VERSIONSTR`, which `postgres --version` prints: `postgres (PostgreSQL) 18.1`. Forks
/// have their own names in it.
const BANNER: &[u8] = b"postgres (";

/// What `select version()` begins with.
const PRODUCT: &[u8] = b"PostgreSQL ";

/// Returns whether a text names the setting that lists preloaded libraries. Libraries that must be
/// preloaded say so in their messages.
pub(super) fn name_preloading(image: &Image<'_>) -> bool {
    let name = b"shared_preload_libraries";
    let mut parts = image.parts.iter();
    parts.any(|part| part.bytes.windows(name.len()).any(|text| text == name))
}

/// Returns what follows the banner.
pub(super) fn server_version(image: &Image<'_>) -> Option<String> {
    let version = |rest: &[u8]| {
        let line = String::from_utf8_lossy(&rest[..rest.len().min(200)]).into_owned();
        let (_, version) = line.lines().next()?.split_once(") ")?;
        let is_number = version.starts_with(|c: char| c.is_ascii_digit());
        is_number.then(|| version.to_owned())
    };
    texts(image).find_map(|text| version(text.strip_prefix(BANNER)?))
}

/// Returns what `select version()` says before the machine and the compiler. Some forks name
/// themselves only there: `PostgreSQL 18.4 (IvorySQL 5.4)`.
pub(super) fn server_product(image: &Image<'_>) -> Option<String> {
    let mut texts = texts(image).filter(|text| text.ends_with(b"-bit"));
    texts.find_map(|text| {
        // A number of the data may be in front of it.
        let mut places = text.windows(PRODUCT.len());
        let begin = places.position(|place| place == PRODUCT)?;
        let line = String::from_utf8_lossy(&text[begin..]).into_owned();
        line.split_once(" on ")
            .map(|(product, _)| product.to_owned())
    })
}

fn texts<'a>(image: &'a Image<'_>) -> impl Iterator<Item = &'a [u8]> {
    let parts = image.parts.iter();
    parts.flat_map(|part| part.bytes.split(|byte| *byte == 0))
}
