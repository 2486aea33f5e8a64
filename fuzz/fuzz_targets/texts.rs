//! Any text, read as facts and as a fingerprint.
#![no_main]

use pg_abi::facts::Facts;
use pg_abi::fingerprint::Fingerprint;
use pg_abi::layout::{History, html, markdown};
use pg_scratch::serverlog::Line;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = Fingerprint::parse(text);
    for line in text.lines().filter_map(Line::parse) {
        let _ = line.event();
    }
    if let Ok(facts) = Facts::parse(text) {
        let history = History::new(vec![facts]);
        let _ = (html::report(&history), markdown::report(&history));
    }
});
