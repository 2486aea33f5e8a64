//! Texts in the data.

use super::image::Image;
use memchr::memmem::find;

/// `PG_BACKEND_VERSIONSTR`, which `postgres --version` prints: `postgres (PostgreSQL) 18.1`. Forks
/// have their own names in it.
const BANNER: &[u8] = b"postgres (";

/// What `select version()` begins with.
const PRODUCT: &[u8] = b"PostgreSQL ";

/// Returns whether a text names the setting that lists preloaded libraries. Libraries that must be
/// preloaded say so in their messages.
pub(super) fn name_preloading(image: &Image<'_>) -> bool {
    let mut parts = image.parts.iter();
    parts.any(|part| find(part.bytes, b"shared_preload_libraries").is_some())
}

/// Returns what follows the banner.
pub(super) fn server_version(image: &Image<'_>) -> Option<String> {
    let version = |rest: &[u8]| {
        let line = String::from_utf8_lossy(&rest[..rest.len().min(200)]).into_owned();
        let (_, version) = line.lines().next()?.split_once(") ")?;
        let is_number = version.starts_with(|c: char| c.is_ascii_digit());
        is_number.then(|| version.to_owned())
    };
    texts_with(image, BANNER).find_map(|text| version(text.strip_prefix(BANNER)?))
}

/// Returns what `select version()` says before the machine and the compiler. Some forks name
/// themselves only there: `PostgreSQL 18.4 (IvorySQL 5.4)`.
pub(super) fn server_product(image: &Image<'_>) -> Option<String> {
    let mut texts = texts_with(image, PRODUCT).filter(|text| text.ends_with(b"-bit"));
    texts.find_map(|text| {
        // A number of the data may be in front of it.
        let begin = find(text, PRODUCT)?;
        let line = String::from_utf8_lossy(&text[begin..]).into_owned();
        line.split_once(" on ")
            .map(|(product, _)| product.to_owned())
    })
}

/// Returns the texts that contain another one.
fn texts_with<'a>(image: &'a Image<'_>, part: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let parts = image.parts.iter();
    parts.flat_map(move |one| with(one.bytes, part))
}

fn with<'a>(bytes: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let place = at + find(&bytes[at..], part)?;
        let zero = memchr::memrchr(0, &bytes[..place]);
        let begin = zero.map_or(0, |zero| zero + 1);
        let rest = &bytes[place..];
        at = place + memchr::memchr(0, rest).unwrap_or(rest.len());
        Some(&bytes[begin..at])
    })
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn texts_are_whole() {
        let data = b"one ab\0two\0ab ab\0three ab";
        let found: Vec<_> = with(data, b"ab").collect();
        assert_eq!(found, [&b"one ab"[..], b"ab ab", b"three ab"]);
        assert_eq!(with(&data[..4], b"ab").count(), 0);
    }
}
