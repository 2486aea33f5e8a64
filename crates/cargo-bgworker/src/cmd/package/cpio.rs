//! Reads the archive in an rpm package: cpio, in the format `newc`.

/// The magic number, and 13 numbers of 8 hexadecimal digits.
const HEADER: usize = 110;

/// Returns the content of the file with this name, in any directory.
pub(super) fn find<'a>(archive: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let mut at = 0_usize;
    loop {
        let header = archive.get(at..at.checked_add(HEADER)?)?;
        if !header.starts_with(b"07070") {
            return None;
        }
        let number = |index: usize| {
            let digits = std::str::from_utf8(&header[6 + 8 * index..][..8]).ok()?;
            usize::from_str_radix(digits, 16).ok()
        };
        let (size, length) = (number(6)?, number(11)?);
        let name = at + HEADER..at.checked_add(HEADER + length)?;
        let begin = name.end.next_multiple_of(4);
        let content = begin..begin.checked_add(size)?;
        let name = archive.get(name)?.strip_suffix(b"\0")?;
        if name == b"TRAILER!!!" {
            return None;
        }
        if name.rsplit(|byte| *byte == b'/').next() == Some(wanted.as_bytes()) {
            return archive.get(content);
        }
        at = content.end.next_multiple_of(4);
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    fn entry(name: &str, content: &str) -> Vec<u8> {
        let mut numbers = [0; 13];
        (numbers[6], numbers[11]) = (content.len(), name.len() + 1);
        let mut bytes = b"070701".to_vec();
        for number in numbers {
            bytes.extend(format!("{number:08x}").into_bytes());
        }
        for text in [format!("{name}\0"), content.to_owned()] {
            bytes.extend(text.into_bytes());
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    #[test]
    fn a_file_is_found_by_its_name() {
        let mut archive = entry("./usr/lib/a.so", "12345");
        archive.extend(entry("./usr/lib/b.so", "6"));
        archive.extend(entry("TRAILER!!!", ""));
        assert_eq!(find(&archive, "a.so"), Some(&b"12345"[..]));
        assert_eq!(find(&archive, "b.so"), Some(&b"6"[..]));
        assert_eq!(find(&archive, "so"), None);
        assert_eq!(find(&archive[..130], "a.so"), None);
        assert_eq!(find(b"", "a.so"), None);
    }
}
