//! Each function of `ffi::inline` against its twin, which the server's own headers expand: the same answers for the same values, inside
//! a server. `tests/inside.rs` loads this library.

use postgres_bgworker::ffi::{self, inline, macros, shim};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, name};
use std::ffi::c_void;
use std::fmt::Debug;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new(name!("parity"), worker_main!(parity))?
        .restart(Restart::Never)
        .register(preload)
}

type Case = fn() -> Result<()>;

macro_rules! cases {
    ($($name:ident),* $(,)?) => { &[$((concat!("parity_", stringify!($name)), $name as Case)),*] };
}

const CASES: &[(&str, Case)] = cases![
    words,
    wide_values,
    pointers,
    varlenas,
    transaction_ids,
    lists,
    doubly_linked_lists,
    contexts,
    constants
];

fn parity(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        for (name, case) in CASES {
            match case() {
                Ok(()) => tx.log(format!("case {name}: ok")),
                Err(error) => tx.log(format!("case {name}: FAILED: {error:?}")),
            }
        }
        tx.log("parity cases done");
        Ok(())
    })?;
    Ok(Exit::Done)
}

/// The twins' answers for one input.
fn same<T: PartialEq + Debug>(what: &str, input: impl Debug, ours: T, theirs: T) -> Result<()> {
    if ours == theirs {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Other,
        format!("{what}({input:?}): Rust says {ours:?}, C says {theirs:?}"),
    ))
}

/// Words with every pattern that could matter.
fn patterns() -> impl Iterator<Item = u64> {
    let edges = [
        0,
        1,
        2,
        3,
        0x7f,
        0x80,
        0xff,
        0x100,
        0x7fff,
        0x8000,
        0xffff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
    ];
    let wide = [
        0x7fff_ffff_ffff_ffff,
        0x8000_0000_0000_0000,
        u64::MAX,
        0x0123_4567_89ab_cdef,
        0xffff_0000_ffff_0000,
    ];
    let random = (1..200u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(n as u32));
    edges.into_iter().chain(wide).chain(random)
}

fn words() -> Result<()> {
    for bits in patterns() {
        let datum = bits as ffi::Datum;
        // SAFETY: these functions only compute.
        unsafe {
            same(
                "BoolGetDatum",
                bits,
                inline::BoolGetDatum(bits != 0),
                macros::pgbgw_bool_get_datum((bits != 0).into()),
            )?;
            same(
                "DatumGetBool",
                bits,
                inline::DatumGetBool(datum),
                macros::pgbgw_datum_get_bool(datum) != 0,
            )?;
            same(
                "Int16GetDatum",
                bits,
                inline::Int16GetDatum(bits as i16),
                macros::pgbgw_int16_get_datum(bits as i16),
            )?;
            same(
                "DatumGetInt16",
                bits,
                inline::DatumGetInt16(datum),
                macros::pgbgw_datum_get_int16(datum),
            )?;
            same(
                "Int32GetDatum",
                bits,
                inline::Int32GetDatum(bits as i32),
                macros::pgbgw_int32_get_datum(bits as i32),
            )?;
            same(
                "DatumGetInt32",
                bits,
                inline::DatumGetInt32(datum),
                macros::pgbgw_datum_get_int32(datum),
            )?;
            same(
                "UInt32GetDatum",
                bits,
                inline::UInt32GetDatum(bits as u32),
                macros::pgbgw_uint32_get_datum(bits as u32),
            )?;
            same(
                "DatumGetUInt32",
                bits,
                inline::DatumGetUInt32(datum),
                macros::pgbgw_datum_get_uint32(datum),
            )?;
            same(
                "ObjectIdGetDatum",
                bits,
                inline::ObjectIdGetDatum(bits as u32),
                macros::pgbgw_object_id_get_datum(bits as u32),
            )?;
            same(
                "DatumGetObjectId",
                bits,
                inline::DatumGetObjectId(datum),
                macros::pgbgw_datum_get_object_id(datum),
            )?;
            if bits < 1 << 40 {
                let length = bits as ffi::Size;
                same(
                    "MAXALIGN",
                    bits,
                    inline::MAXALIGN(length),
                    macros::pgbgw_maxalign(length),
                )?;
            }
            let time = bits as i64 >> 12;
            same(
                "TimestampTzPlusMilliseconds",
                bits,
                inline::TimestampTzPlusMilliseconds(time, bits as i32 as i64),
                macros::pgbgw_timestamptz_plus_milliseconds(time, bits as i32 as i64),
            )?;
        }
    }
    Ok(())
}

fn wide_values() -> Result<()> {
    for bits in patterns() {
        // SAFETY: by value they compute; by reference they allocate in the transaction, whose guard is the worker's.
        unsafe {
            let (ours, theirs) = (
                inline::Int64GetDatum(bits as i64),
                shim::pgbgw_int64_get_datum(bits as i64),
            );
            same(
                "DatumGetInt64",
                bits,
                inline::DatumGetInt64(theirs),
                shim::pgbgw_datum_get_int64(ours),
            )?;
            same(
                "DatumGetInt64 of Int64GetDatum",
                bits,
                inline::DatumGetInt64(ours),
                bits as i64,
            )?;
            let (ours, theirs) = (
                inline::TimestampTzGetDatum(bits as i64),
                macros::pgbgw_timestamptz_get_datum(bits as i64),
            );
            same(
                "DatumGetTimestampTz",
                bits,
                inline::DatumGetTimestampTz(theirs),
                macros::pgbgw_datum_get_timestamptz(ours),
            )?;
            let value = f64::from_bits(bits);
            let (ours, theirs) = (
                inline::Float8GetDatum(value),
                shim::pgbgw_float8_get_datum(value),
            );
            same(
                "DatumGetFloat8",
                bits,
                inline::DatumGetFloat8(theirs).to_bits(),
                shim::pgbgw_datum_get_float8(ours).to_bits(),
            )?;
            let value = f32::from_bits(bits as u32);
            if !value.is_nan() {
                let (ours, theirs) = (
                    inline::Float4GetDatum(value),
                    shim::pgbgw_float4_get_datum(value),
                );
                same(
                    "DatumGetFloat4",
                    bits,
                    inline::DatumGetFloat4(theirs).to_bits(),
                    shim::pgbgw_datum_get_float4(ours).to_bits(),
                )?;
            }
            if ffi::PGBGW_FLOAT8_BY_VALUE != 0 {
                same(
                    "Int64GetDatum",
                    bits,
                    inline::Int64GetDatum(bits as i64),
                    shim::pgbgw_int64_get_datum(bits as i64),
                )?;
            }
        }
    }
    Ok(())
}

fn pointers() -> Result<()> {
    let text = c"a text";
    // SAFETY: the text outlives the comparison; nothing is allocated.
    unsafe {
        same(
            "CStringGetDatum",
            text,
            inline::CStringGetDatum(text.as_ptr()),
            macros::pgbgw_cstring_get_datum(text.as_ptr()),
        )?;
        let datum = inline::PointerGetDatum(text.as_ptr());
        same(
            "PointerGetDatum",
            text,
            datum,
            macros::pgbgw_pointer_get_datum(text.as_ptr().cast()),
        )?;
        same(
            "DatumGetPointer",
            text,
            inline::DatumGetPointer::<c_void>(datum),
            macros::pgbgw_datum_get_pointer(datum),
        )?;
        same(
            "DatumGetCString",
            text,
            inline::DatumGetCString(datum),
            macros::pgbgw_datum_get_cstring(datum),
        )?;
    }
    Ok(())
}

fn varlenas() -> Result<()> {
    for total in [4usize, 5, 8, 127, 128, 1000, 0x3fff_ffff] {
        let (mut ours, mut theirs) = ([0u64; 2], [0u64; 2]);
        let (ours, theirs): (*mut c_void, *mut c_void) =
            (ours.as_mut_ptr().cast(), theirs.as_mut_ptr().cast());
        // SAFETY: only headers are written and read, and there is room for them.
        unsafe {
            inline::SET_VARSIZE(ours, total);
            shim::pgbgw_set_varlena_size(theirs, total);
            same(
                "SET_VARSIZE",
                total,
                ours.cast::<u32>().read(),
                theirs.cast::<u32>().read(),
            )?;
            compare_varlena(total, theirs)?;
            same(
                "VARSIZE",
                total,
                inline::VARSIZE(theirs),
                macros::pgbgw_varsize(theirs),
            )?;
        }
    }
    // Short headers: one byte with the size.
    for total in [1u8, 2, 100, 127] {
        let mut short = [0u8; 128];
        short[0] = if cfg!(target_endian = "big") {
            total | 0x80
        } else {
            (total << 1) | 1
        };
        // SAFETY: as above.
        unsafe { compare_varlena(total.into(), short.as_ptr().cast()) }?;
    }
    // Every first byte: it says how the value is stored.
    for first in 0..=u8::MAX {
        let header = [first, 0, 0, 0];
        let header: *const c_void = header.as_ptr().cast();
        // SAFETY: only the header is read.
        let (ours, theirs) = unsafe {
            (
                [
                    inline::VARATT_IS_EXTERNAL(header),
                    inline::VARATT_IS_COMPRESSED(header),
                ],
                [
                    macros::pgbgw_varatt_is_external(header) != 0,
                    macros::pgbgw_varatt_is_compressed(header) != 0,
                ],
            )
        };
        same(
            "VARATT_IS_EXTERNAL, VARATT_IS_COMPRESSED",
            first,
            ours,
            theirs,
        )?;
    }
    Ok(())
}

/// # Safety
/// The pointer is to a varlena's header.
unsafe fn compare_varlena(total: usize, varlena: *const c_void) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe {
        same(
            "VARSIZE_ANY_EXHDR",
            total,
            inline::VARSIZE_ANY_EXHDR(varlena),
            shim::pgbgw_varlena_size(varlena),
        )?;
        same(
            "VARDATA_ANY",
            total,
            inline::VARDATA_ANY(varlena),
            shim::pgbgw_varlena_data(varlena),
        )
    }
}

fn transaction_ids() -> Result<()> {
    let ids: Vec<u32> = patterns().map(|bits| bits as u32).take(60).collect();
    for &a in &ids {
        // SAFETY: these functions only compute.
        let normal = unsafe { macros::pgbgw_transaction_id_is_normal(a) } != 0;
        same(
            "TransactionIdIsNormal",
            a,
            inline::TransactionIdIsNormal(a),
            normal,
        )?;
        for &b in &ids {
            // SAFETY: as above.
            let (precedes, follows) = unsafe {
                (
                    macros::pgbgw_transaction_id_precedes(a, b),
                    macros::pgbgw_transaction_id_follows_or_equals(a, b),
                )
            };
            same(
                "TransactionIdPrecedes",
                (a, b),
                inline::TransactionIdPrecedes(a, b),
                precedes != 0,
            )?;
            same(
                "TransactionIdFollowsOrEquals",
                (a, b),
                inline::TransactionIdFollowsOrEquals(a, b),
                follows != 0,
            )?;
        }
    }
    Ok(())
}

fn lists() -> Result<()> {
    let mut list: *mut ffi::List = std::ptr::null_mut();
    for length in 0..20 {
        // SAFETY: the list lives in the transaction's memory.
        unsafe {
            same(
                "list_length",
                length,
                inline::list_length(list),
                macros::pgbgw_list_length(list),
            )?;
            same("list_length", length, inline::list_length(list), length)?;
            list = postgres_bgworker::raw::guard(|| ffi::lappend(list, std::ptr::null_mut()))?;
        }
    }
    Ok(())
}

/// Each operation is done by one side and looked at by the other.
fn doubly_linked_lists() -> Result<()> {
    // SAFETY: heads and nodes are plain pointers, for which zeros are a value, and outlive the list.
    unsafe {
        let mut head: ffi::dlist_head = std::mem::zeroed();
        let mut nodes: [ffi::dlist_node; 4] = std::mem::zeroed();
        let head = &raw mut head;
        let node = |at: usize, nodes: &mut [ffi::dlist_node; 4]| -> *mut ffi::dlist_node {
            &raw mut nodes[at]
        };
        same(
            "dlist_is_empty",
            "zeroed",
            inline::dlist_is_empty(head),
            macros::pgbgw_dlist_is_empty(head) != 0,
        )?;
        inline::dlist_push_tail(head, node(0, &mut nodes));
        macros::pgbgw_dlist_push_tail(head, node(1, &mut nodes));
        inline::dlist_push_tail(head, node(2, &mut nodes));
        macros::pgbgw_dlist_push_tail(head, node(3, &mut nodes));
        let mut at = (*head).head.next;
        for number in 0..4 {
            same("order", number, at, node(number, &mut nodes))?;
            at = (*at).next;
        }
        same("end", 4, at, &raw mut (*head).head)?;
        inline::dlist_delete(node(1, &mut nodes));
        macros::pgbgw_dlist_delete(node(2, &mut nodes));
        same(
            "after delete",
            3,
            (*node(0, &mut nodes)).next,
            node(3, &mut nodes),
        )?;
        inline::dlist_delete(node(0, &mut nodes));
        inline::dlist_delete(node(3, &mut nodes));
        same(
            "dlist_is_empty",
            "emptied",
            inline::dlist_is_empty(head),
            true,
        )?;
        same(
            "dlist_is_empty",
            "emptied",
            macros::pgbgw_dlist_is_empty(head) != 0,
            true,
        )?;
        macros::pgbgw_dlist_init(head);
        same("dlist_init", "C", inline::dlist_is_empty(head), true)?;
    }
    Ok(())
}

fn contexts() -> Result<()> {
    // SAFETY: a transaction is open, so both contexts live; the first one is current again at the end.
    unsafe {
        let before = inline::MemoryContextSwitchTo(ffi::TopTransactionContext);
        let other = shim::pgbgw_memory_context_switch_to(before);
        same(
            "MemoryContextSwitchTo",
            "there",
            other,
            ffi::TopTransactionContext,
        )?;
        same(
            "MemoryContextSwitchTo",
            "and back",
            ffi::CurrentMemoryContext,
            before,
        )
    }
}

fn constants() -> Result<()> {
    same(
        "ERRCODE_QUERY_CANCELED",
        "57014",
        inline::MAKE_SQLSTATE(b"57014"),
        postgres_bgworker::error::SqlState::QUERY_CANCELED.raw(),
    )?;
    // SAFETY: reads no memory.
    let size = unsafe { macros::pgbgw_spin_lock_size() };
    same("sizeof(slock_t)", "at least a byte", size >= 1, true)
}
