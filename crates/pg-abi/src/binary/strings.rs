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
        let zero = bytes[..place].iter().rposition(|byte| *byte == 0);
        let begin = zero.map_or(0, |zero| zero + 1);
        let rest = &bytes[place..];
        at = place
            + rest
                .iter()
                .position(|byte| *byte == 0)
                .unwrap_or(rest.len());
        Some(&bytes[begin..at])
    })
}

/// Returns where a short text is. Data has megabytes, so this skips as many bytes as the last one
/// of the compared bytes allows (Horspool).
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let mut skip = [text.len(); 256];
    for (at, byte) in text.iter().enumerate().take(text.len() - 1) {
        skip[usize::from(*byte)] = text.len() - 1 - at;
    }
    let mut at = 0;
    while let Some(same) = bytes.get(at..at + text.len()) {
        if same == text {
            return Some(at);
        }
        at += skip[usize::from(same[text.len() - 1])];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{find, with};

    #[test]
    fn texts_are_found_where_they_are() {
        let text = b"shared_preload_libraries";
        for before in 0..60 {
            let bytes = [&vec![b'r'; before][..], text, b"more"].concat();
            assert_eq!(find(&bytes, text), Some(before));
            assert_eq!(find(&bytes[..bytes.len() - 5], text), None);
        }
    }

    #[test]
    fn texts_are_whole() {
        let data = b"one ab\0two\0ab ab\0three ab";
        let found: Vec<_> = with(data, b"ab").collect();
        assert_eq!(found, [&b"one ab"[..], b"ab ab", b"three ab"]);
        assert_eq!(with(&data[..4], b"ab").count(), 0);
    }
}
