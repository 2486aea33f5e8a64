//! Reads answers from the sections of an object file of any machine.

use super::probe::{MARK, WIDTH};
use object::{Object, ObjectSection};
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;

/// The numbers after each line number.
pub(crate) type Numbers = BTreeMap<usize, [u64; WIDTH]>;

/// The texts after each line number.
pub(crate) type Texts = BTreeMap<usize, String>;

fn open(bytes: &[u8]) -> Result<object::File<'_>> {
    object::File::parse(bytes)
        .map_err(|e| Error::new(format!("could not read the compiler's object file: {e}")))
}

fn section<'a>(file: &object::File<'a>, name: &str) -> &'a [u8] {
    let section = file.section_by_name(name);
    section
        .and_then(|section| section.data().ok())
        .unwrap_or_default()
}

/// Returns a C compiler's answers. Alignment bytes may separate them.
pub(crate) fn answers(bytes: &[u8]) -> Result<(Numbers, Texts)> {
    let file = open(bytes)?;
    let words = words(section(&file, "pgbgw_facts"), file.is_little_endian());
    let marks = words.windows(2 + WIDTH).filter(|window| window[0] == MARK);
    let numbers = marks.map(|window| (window[1] as usize, [window[2], window[3], window[4]]));
    let texts = section(&file, "pgbgw_texts").split(|byte| *byte == 0);
    let texts = texts.filter_map(|text| {
        let text = String::from_utf8_lossy(text.strip_prefix(b"\x01")?).into_owned();
        let (line, text) = text.split_once('\x02')?;
        Some((line.parse().ok()?, text.to_owned()))
    });
    Ok((numbers.collect(), texts.collect()))
}

/// Returns the numbers in a section.
pub(crate) fn numbers(bytes: &[u8], name: &str) -> Result<Vec<u64>> {
    let file = open(bytes)?;
    Ok(words(section(&file, name), file.is_little_endian()))
}

fn words(bytes: &[u8], little_endian: bool) -> Vec<u64> {
    let words = bytes
        .chunks_exact(8)
        .filter_map(|word| <[u8; 8]>::try_from(word).ok());
    let number = if little_endian {
        u64::from_le_bytes
    } else {
        u64::from_be_bytes
    };
    words.map(number).collect()
}
