//! Any bytes, read as a library and as a server, and inspected.
#![no_main]

use pg_abi::binary::Binary;
use pg_abi::inspect::{Against, inspect};
use std::path::Path;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(binary) = Binary::parse(Path::new("fuzzed"), bytes) {
        // Without a server: nothing else of this machine is read then.
        let functions = ["worker_main".to_owned()];
        let against = Against {
            functions: &functions,
            ..Against::default()
        };
        let found = inspect(&binary, &against);
        assert_eq!(found.exit_code() & !12, 0);
    }
});
