//! An access method that fails for some hashes, to test what the framework does then. It keeps its
//! entries in one page.

#![forbid(unsafe_code)]

use other_index::{Dead, Entry, Error, Index, Method, Removed, Result, errcodes};

other_index::access_method!(Faulty, handler = faulty_handler);

struct Faulty;

/// Hashes: where to fail, and whether with a panic.
const INSERT: u32 = 10;
const FIND: u32 = 20;
const CHANGE: u32 = 30;
const PANICS: u32 = 1;

fn fail(hash: u32, place: u32) -> Result<()> {
    if hash == place + PANICS {
        panic!("on purpose, in {place}");
    }
    if hash != place {
        return Ok(());
    }
    Err(Error::new(
        errcodes::ERRCODE_CARDINALITY_VIOLATION,
        format_args!("on purpose, in {place}"),
    )
    .with_detail("The detail.")
    .with_hint("The hint.")
    .with_column("a schema", "a table", "a column")
    .in_context("the context"))
}

impl Method for Faulty {
    fn create(index: &Index, _table_pages: u32) -> Result<()> {
        let mut change = index.change()?;
        change.new_page()?;
        change.finish()
    }

    fn insert(index: &Index, entry: Entry) -> Result<()> {
        fail(entry.hash, INSERT)?;
        let mut change = index.change()?;
        let page = change.page(0)?;
        change.get(page).append(&entry.hash.to_le_bytes())?;
        // The page is locked, and changed.
        fail(entry.hash, CHANGE)?;
        change.finish()
    }

    fn find(index: &Index, hash: u32, _found: &mut Vec<Entry>) -> Result<()> {
        index.read(0, |_| fail(hash, FIND))
    }

    fn remove(_index: &Index, _dead: &mut Dead<'_>) -> Result<Removed> {
        panic!("on purpose, in vacuum")
    }
}
