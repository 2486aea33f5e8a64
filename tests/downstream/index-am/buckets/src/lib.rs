//! An index for equality: a power of two of buckets, and a list of pages for each.
//!
//! The first page has the number of buckets, and the pages after it are the heads of their lists.
//! An entry is added to the head. The entries of a head that is full move to a new page behind it.

#![forbid(unsafe_code)]

use other_index::{Dead, Entry, Index, Method, Page, PageMut, Removed, Result};

other_index::access_method!(Buckets, handler = buckets_handler);

/// Kinds of pages.
const FIRST: u32 = 0x6275_636b;
const BUCKET: u32 = FIRST + 1;

/// The size of an entry in a page.
const ENTRY: usize = 12;

struct Buckets;

impl Method for Buckets {
    fn create(index: &Index, table_pages: u32) -> Result<()> {
        // About a page of entries for four pages of rows.
        let buckets = (table_pages / 4).clamp(1, 1024).next_power_of_two();
        let mut change = index.change()?;
        let (first, _) = change.new_page()?;
        let mut page = change.get(first);
        page.link(FIRST, 0);
        page.append(&buckets.to_le_bytes())?;
        change.finish()?;
        for _ in 0..buckets {
            let mut change = index.change()?;
            let (bucket, _) = change.new_page()?;
            change.get(bucket).link(BUCKET, 0);
            change.finish()?;
        }
        Ok(())
    }

    fn insert(index: &Index, entry: Entry) -> Result<()> {
        let block = bucket(index, entry.hash)?;
        let mut change = index.change()?;
        let head = change.page(block)?;
        check(index, &change.get(head).read(), block)?;
        if change.get(head).read().free()? < ENTRY {
            let (data, next) = {
                let page = change.get(head);
                (page.read().data()?.to_vec(), page.read().next())
            };
            let (new, new_block) = change.new_page()?;
            let mut page = change.get(new);
            page.link(BUCKET, next);
            page.append(&data)?;
            let mut page = change.get(head);
            page.link(BUCKET, new_block);
            page.replace(&[])?;
        }
        append(&mut change.get(head), &entry)?;
        change.finish()
    }

    fn find(index: &Index, hash: u32, found: &mut Vec<Entry>) -> Result<()> {
        let mut block = bucket(index, hash)?;
        while block != 0 {
            block = index.read(block, |page| {
                check(index, page, block)?;
                found.extend(entries(page)?.filter(|entry| entry.hash == hash));
                Ok(page.next())
            })?;
        }
        Ok(())
    }

    fn remove(index: &Index, dead: &mut Dead<'_>) -> Result<Removed> {
        let mut removed = Removed::default();
        for block in 1..index.pages()? {
            let mut change = index.change()?;
            let number = change.page(block)?;
            let mut page = change.get(number);
            if page.read().is_new() {
                continue;
            }
            let mut kept: Vec<Entry> = entries(&page.read())?.collect();
            let before = kept.len();
            dead(&mut kept)?;
            removed.kept += kept.len() as u64;
            if kept.len() < before {
                removed.dead += (before - kept.len()) as u64;
                page.replace(&[])?;
                for entry in &kept {
                    append(&mut page, entry)?;
                }
                change.finish()?;
            }
        }
        Ok(removed)
    }
}

/// The head of the list for a hash.
fn bucket(index: &Index, hash: u32) -> Result<u32> {
    index.read(0, |page| {
        let buckets = page
            .data()?
            .first_chunk()
            .map(|bytes| u32::from_le_bytes(*bytes));
        let buckets = buckets.filter(|buckets| buckets.is_power_of_two() && page.kind() == FIRST);
        let buckets = buckets.ok_or_else(|| index.corrupted(0))?;
        Ok(1 + (hash & (buckets - 1)))
    })
}

fn check(index: &Index, page: &Page<'_>, block: u32) -> Result<()> {
    match page.kind() {
        BUCKET => Ok(()),
        _ => Err(index.corrupted(block)),
    }
}

fn entries<'a>(page: &Page<'a>) -> Result<impl Iterator<Item = Entry> + use<'a>> {
    Ok(page.data()?.chunks_exact(ENTRY).map(|bytes| {
        let [a, b, c, d, e, f, g, h, i, j] = std::array::from_fn(|at| bytes[at]);
        Entry {
            hash: u32::from_le_bytes([a, b, c, d]),
            block: u32::from_le_bytes([e, f, g, h]),
            item: u16::from_le_bytes([i, j]),
        }
    }))
}

fn append(page: &mut PageMut<'_>, entry: &Entry) -> Result<()> {
    let mut bytes = [0; ENTRY];
    bytes[..4].copy_from_slice(&entry.hash.to_le_bytes());
    bytes[4..8].copy_from_slice(&entry.block.to_le_bytes());
    bytes[8..10].copy_from_slice(&entry.item.to_le_bytes());
    page.append(&bytes)
}
