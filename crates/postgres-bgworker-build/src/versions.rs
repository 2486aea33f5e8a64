//! The table of PostgreSQL majors and optional items. All version-dependent values are derived from
//! it: cfgs, their check lists, and lists in messages.

/// Every major that has the interface, oldest first, with its lowest possible `PG_VERSION_NUM`.
pub const MAJORS: &[(&str, u32)] = &[
    ("9.3", 90300),
    ("9.4", 90400),
    ("9.5", 90500),
    ("9.6", 90600),
    ("10", 100000),
    ("11", 110000),
    ("12", 120000),
    ("13", 130000),
    ("14", 140000),
    ("15", 150000),
    ("16", 160000),
    ("17", 170000),
    ("18", 180000),
    ("19", 190000),
];

/// The major that documentation without a server shows: the newest released one.
pub const DOCUMENTED: &str = "18";

/// Names that some servers lack, as `cfg(pg_has = "…")`: the capability, and the C item that proves
/// it. The bindings are searched for the item, so a fork or beta is classified by its actual items.
pub const CAPABILITIES: &[(&str, &str)] = &[
    ("before_shmem_exit", "before_shmem_exit"),
    ("bgw_extra", "bgw_extra"),
    ("bgw_library_name", "bgw_library_name"),
    ("bgw_main", "bgw_main"),
    ("bgw_type", "bgw_type"),
    ("bypass_allowconn", "BGWORKER_BYPASS_ALLOWCONN"),
    ("bypass_rolelogincheck", "BGWORKER_BYPASS_ROLELOGINCHECK"),
    ("class_parallel", "BGWORKER_CLASS_PARALLEL"),
    ("condition_variable", "ConditionVariableSleep"),
    (
        "connection_by_oid",
        "BackgroundWorkerInitializeConnectionByOid",
    ),
    ("dsm_registry", "GetNamedDSMSegment"),
    ("dynamic", "RegisterDynamicBackgroundWorker"),
    ("guc_unit_byte", "GUC_UNIT_BYTE"),
    ("guc_unit_mb", "GUC_UNIT_MB"),
    ("interruptible", "BGWORKER_INTERRUPTIBLE"),
    ("mark_guc_prefix_reserved", "MarkGUCPrefixReserved"),
    ("my_latch", "MyLatch"),
    ("named_lwlock_tranche", "GetNamedLWLockTranche"),
    ("shmem_request_hook", "shmem_request_hook"),
    ("process_completed_notifies", "ProcessCompletedNotifies"),
    ("spi_restore_connection", "SPI_restore_connection"),
    (
        "timestamp_difference_milliseconds",
        "TimestampDifferenceMilliseconds",
    ),
    ("wait_event_extension_new", "WaitEventExtensionNew"),
    ("wait_for_shutdown", "WaitForBackgroundWorkerShutdown"),
];

/// The major a version number belongs to, as PostgreSQL writes it: `9.6`, `15`.
pub fn major_of(version_num: u32) -> String {
    if version_num < 100_000 {
        format!("{}.{}", version_num / 10_000, version_num / 100 % 100)
    } else {
        (version_num / 10_000).to_string()
    }
}

/// The newest major of the table.
pub fn newest() -> &'static str {
    MAJORS[MAJORS.len() - 1].0
}

/// `cargo:` lines that declare every cfg this crate can set.
pub fn check_cfg_lines() -> Vec<String> {
    let quoted = |names: &mut dyn Iterator<Item = &&str>| {
        names
            .map(|name| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let majors = quoted(&mut MAJORS.iter().map(|(name, _)| name));
    let capabilities = quoted(&mut CAPABILITIES.iter().map(|(name, _)| name));
    vec![
        format!("cargo:rustc-check-cfg=cfg(pg_since, values({majors}))"),
        format!("cargo:rustc-check-cfg=cfg(pg_has, values({capabilities}))"),
    ]
}

pub fn print_check_cfg() {
    for line in check_cfg_lines() {
        println!("{line}");
    }
}

/// `cargo:` lines that set the cfgs for a server of this version with these bindings.
pub fn cfg_lines(version_num: u32, bindings: &str) -> Vec<String> {
    let since = MAJORS
        .iter()
        .filter(|(_, first)| *first <= version_num)
        .map(|(name, _)| format!("cargo:rustc-cfg=pg_since=\"{name}\""));
    let has = CAPABILITIES
        .iter()
        .filter(|(_, item)| mentions(bindings, item))
        .map(|(name, _)| format!("cargo:rustc-cfg=pg_has=\"{name}\""));
    since.chain(has).collect()
}

/// Returns whether a word occurs in the text, not only as a part of a longer word.
pub fn mentions(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}
