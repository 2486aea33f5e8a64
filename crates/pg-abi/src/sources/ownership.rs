//! Which side allocates values of a type. This decides the effect of a growing type: code that
//! allocates values has their size compiled in, code that receives pointers does not.

use crate::facts::Items;
use crate::facts::{Fact, Key, Kind, Use};
use std::collections::BTreeSet;

/// Types that modules allocate, by their C names: on the stack, in static or in shared memory.
pub const ALLOCATED: &[&str] = &[
    "BackgroundWorker",
    "BlockIdData",
    "ConditionVariable",
    "DisableTimeoutParams",
    "EnableTimeoutParams",
    "ErrorContextCallback",
    "HASHCTL",
    "HASH_SEQ_STATUS",
    "ItemPointerData",
    "LOCKTAG",
    "LWLock",
    "LWLockPadded",
    "Latch",
    "MemoryContextCallback",
    "NullableDatum",
    "ObjectAddress",
    "ParamExternData",
    "Pg_finfo_record",
    "Pg_magic_struct",
    "SPIExecuteOptions",
    "SPIParseOpenOptions",
    "SPIPrepareOptions",
    "ScanKeyData",
    "StringInfoData",
    "WaitEvent",
    "dlist_head",
    "dlist_iter",
    "dlist_mutable_iter",
    "dlist_node",
    "instr_time",
    "pg_atomic_flag",
    "pg_atomic_uint32",
    "pg_atomic_uint64",
    "shm_mq_iovec",
    "shm_toc_estimator",
    "slist_head",
    "slist_iter",
    "slist_mutable_iter",
    "slist_node",
    "struct config_enum_entry",
    "struct nameData",
];

/// Sets the use of every type.
pub(crate) fn decide(items: &mut Items) {
    let embedded = embedded(items);
    for (key, fact) in items.iter_mut() {
        if let Fact::Type { used, .. } = fact {
            *used = if ALLOCATED.contains(&key.name.as_str()) {
                Use::Allocated
            } else if embedded.contains(&key.name) {
                Use::Embedded
            } else {
                Use::Pointed
            };
        }
    }
}

/// Returns the types that are a field of another type, directly or as array elements.
fn embedded(items: &Items) -> BTreeSet<String> {
    let types = items.values().filter_map(|fact| match fact {
        Fact::Field { ty, .. } => Some(ty.split(" [").next().unwrap_or(ty)),
        _ => None,
    });
    let named = types.map(|ty| match items.get(&Key::new(Kind::Alias, ty)) {
        Some(Fact::Alias { ty }) => ty.clone(),
        _ => ty.to_owned(),
    });
    named.collect()
}
