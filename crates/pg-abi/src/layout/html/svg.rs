//! Draws a layout as SVG, eight bytes per row.

use super::page::escape;
use crate::layout::history::{Change, Layout, Piece};
use std::fmt::Write;

const BYTE: u64 = 40;
const ROW: u64 = 22;
/// The height of the cut in a long array.
const BREAK: u64 = 16;
const MARGIN: u64 = 40;
const WORD: u64 = 8;
/// Arrays with more rows than this are cut.
const LONGEST: u64 = 4;

/// Draws the layout; colors show the changes since `before`.
pub(super) fn draw(title: &str, layout: &Layout, before: Option<&Layout>) -> String {
    let pieces = without_overlap(&layout.pieces);
    let rows = rows(&pieces, layout.size);
    let mut body = String::new();
    let mut y = 0;
    for row in &rows {
        match *row {
            Row::Word(word) => {
                let middle = y + ROW / 2 + 4;
                let _ = write!(
                    body,
                    "<text class=\"o\" x=\"{}\" y=\"{middle}\">{}</text>",
                    MARGIN - 6,
                    word * WORD
                );
                for piece in &pieces {
                    segment(&mut body, piece, layout.change(piece, before), word, y);
                }
                y += ROW;
            }
            Row::Cut(piece, bytes) => {
                let class = class(piece, layout.change(piece, before));
                let _ = write!(
                    body,
                    "<rect class=\"{class} cut\" x=\"{MARGIN}\" y=\"{y}\" width=\"{}\" height=\"{BREAK}\"/>\
                     <text class=\"n\" x=\"{}\" y=\"{}\">⋮ {}</text>",
                    BYTE * WORD,
                    MARGIN + BYTE * WORD / 2,
                    y + 12,
                    escape(&cut(piece, bytes))
                );
                y += BREAK;
            }
        }
    }
    let (width, height) = (MARGIN + BYTE * WORD + 1, y + 1);
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">{body}</svg>",
        escape(title)
    )
}

#[derive(Debug)]
enum Row<'a> {
    Word(u64),
    /// The bytes of a piece that are not drawn.
    Cut(&'a Piece, u64),
}

/// Of fields that share bytes (a union), only the first is drawn.
fn without_overlap(pieces: &[Piece]) -> Vec<&Piece> {
    let mut end = 0;
    let mut drawn = Vec::new();
    for piece in pieces.iter().filter(|piece| piece.size > 0) {
        if piece.offset >= end {
            end = piece.offset + piece.size;
            drawn.push(piece);
        }
    }
    drawn
}

fn rows<'a>(pieces: &[&'a Piece], size: u64) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut word = 0;
    while word * WORD < size {
        rows.push(Row::Word(word));
        let next = word + 1;
        // A piece that fills the rest of this row and many more rows.
        let long = pieces.iter().find(|piece| {
            let last = (piece.offset + piece.size - 1) / WORD;
            piece.offset < next * WORD && last >= next + LONGEST
        });
        match long {
            Some(piece) => {
                let last = (piece.offset + piece.size - 1) / WORD;
                rows.push(Row::Cut(piece, (last - next) * WORD));
                word = last;
            }
            None => word = next,
        }
    }
    rows
}

/// Draws the part of a piece in one row, with its name in the widest row.
fn segment(body: &mut String, piece: &Piece, change: Change, word: u64, y: u64) {
    let (from, to) = (word * WORD, (word + 1) * WORD);
    let (start, end) = (piece.offset.max(from), (piece.offset + piece.size).min(to));
    if start >= end {
        return;
    }
    let (x, width) = (MARGIN + (start - from) * BYTE, (end - start) * BYTE);
    let name = piece.name.as_deref().unwrap_or("hole");
    let title = format!(
        "{name}: {} bytes at {} {} {}",
        piece.size,
        piece.offset,
        piece.ty,
        change.word()
    );
    let _ = write!(
        body,
        "<g><title>{}</title><rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{ROW}\"/>",
        escape(title.trim()),
        class(piece, change)
    );
    if is_labelled(piece, word) {
        let _ = write!(
            body,
            "<text class=\"n\" x=\"{}\" y=\"{}\">{}</text>",
            x + width / 2,
            y + ROW / 2 + 4,
            escape(&fitting(name, width))
        );
    }
    body.push_str("</g>");
}

/// The first row if there is room, otherwise the next row if that is wider.
fn is_labelled(piece: &Piece, word: u64) -> bool {
    let (first, inside) = (piece.offset / WORD, piece.offset % WORD);
    let goes_on = piece.offset + piece.size > (first + 1) * WORD;
    let is_narrow = goes_on && WORD - inside < WORD / 2;
    word == first + u64::from(is_narrow)
}

/// The label of the cut. Arrays that begin in the middle of a row have no other place for their
/// name.
fn cut(piece: &Piece, bytes: u64) -> String {
    let name = piece.name.as_deref().unwrap_or("hole");
    format!("{}, {bytes} bytes more", fitting(name, BYTE * (WORD - 3)))
}

fn fitting(name: &str, width: u64) -> String {
    let room = usize::try_from(width / 7).unwrap_or(0);
    if name.chars().count() <= room {
        return name.to_owned();
    }
    let start: String = name.chars().take(room.saturating_sub(1)).collect();
    format!("{start}…")
}

fn class(piece: &Piece, change: Change) -> &'static str {
    match (&piece.name, change) {
        (None, _) => "hole",
        (_, Change::Same) => "same",
        (_, Change::Moved) => "moved",
        (_, Change::Retyped) => "changed",
        (_, Change::Added) => "new",
    }
}
