//! Any bytes, read as what another process has left for a worker: payload, ticket, message, error.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (u32, &[u8])| {
    let (tag, bytes) = input;
    postgres_bgworker::__fuzz(tag, bytes);
});
