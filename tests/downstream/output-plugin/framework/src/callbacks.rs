//! The callbacks of the server.

use crate::change::text;
use crate::{Change, Error, Message, Options, Output, Plugin, Result, TableName, Transaction, ffi};
use ffi::errcodes::ERRCODE_FEATURE_NOT_SUPPORTED;
use ffi::guard::catch;
use ffi::macros::pgbgw_alloc_set_context_create;
use ffi::{
    LogicalDecodingContext, MemoryContext, OutputPluginCallbacks, OutputPluginOptions,
    OutputPluginOutputType, Relation, ReorderBufferChange, ReorderBufferTXN, Size, XLogRecPtr,
};
use other_boundary::own;
use std::ffi::{c_char, c_int};

/// # Safety
/// The server calls with callbacks to be filled in.
pub unsafe fn fill<P: Plugin>(callbacks: *mut OutputPluginCallbacks) {
    // SAFETY: the caller's promise. The server has set all to null.
    let callbacks = unsafe { &mut *callbacks };
    callbacks.startup_cb = Some(startup::<P>);
    callbacks.begin_cb = Some(begin::<P>);
    callbacks.change_cb = Some(change::<P>);
    callbacks.truncate_cb = Some(truncate::<P>);
    callbacks.commit_cb = Some(commit::<P>);
    callbacks.message_cb = Some(message::<P>);
    callbacks.filter_by_origin_cb = Some(filter::<P>);
    callbacks.shutdown_cb = Some(shutdown::<P>);
}

struct State<P> {
    /// `None` after the end.
    plugin: Option<P>,
    /// For what one callback allocates.
    memory: MemoryContext,
}

ffi::pg_guard! {
    unsafe extern "C-unwind" fn startup<P: Plugin>(
        context: *mut LogicalDecodingContext,
        options: *mut OutputPluginOptions,
        _is_init: bool,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with valid pointers, and the closures own nothing.
        unsafe {
            if ffi::GetDatabaseEncoding() != ffi::pg_enc::PG_UTF8.0 as c_int {
                return Err(Error::new(
                    ERRCODE_FEATURE_NOT_SUPPORTED,
                    "plugins of this framework need a database in UTF8",
                ));
            }
            (*options).output_type = OutputPluginOutputType::OUTPUT_PLUGIN_TEXTUAL_OUTPUT;
            let parent = (*context).context;
            let memory = catch(|| {
                let name = c"change".as_ptr();
                pgbgw_alloc_set_context_create(parent, name, 0, 8192, 8 << 20)
            })?;
            let plugin = P::start(&Options::read((*context).output_plugin_options)?)?;
            let state = State {
                plugin: Some(plugin),
                memory,
            };
            (*context).output_plugin_private = own(parent, state)?.cast();
            Ok(())
        }
    }
}

/// Runs a callback, and sends what the plugin has written. Allocations are freed afterwards.
///
/// # Safety
/// The server calls after `startup` of the same plugin.
unsafe fn run<P: Plugin>(
    context: *mut LogicalDecodingContext,
    body: impl FnOnce(&mut P, &mut Output) -> Result<()>,
) -> Result<()> {
    // SAFETY: the caller's promise. Callbacks of one context do not overlap.
    unsafe {
        let state = &mut *(*context).output_plugin_private.cast::<State<P>>();
        let Some(plugin) = &mut state.plugin else {
            return Ok(());
        };
        let memory = state.memory;
        let before = ffi::inline::MemoryContextSwitchTo(memory);
        let mut out = Output::default();
        let result = body(plugin, &mut out);
        ffi::inline::MemoryContextSwitchTo(before);
        result?;
        out.send(context)?;
        catch(|| ffi::MemoryContextReset(memory))?;
    }
    Ok(())
}

impl Transaction {
    /// # Safety
    /// A transaction of the server.
    unsafe fn read(transaction: *mut ReorderBufferTXN) -> Self {
        // SAFETY: the caller's promise. Without prepared transactions, the time is that of the
        // commit.
        unsafe {
            Transaction {
                id: (*transaction).xid,
                // An unnamed union since 19.
                #[cfg(pg_since = "19")]
                committed: (*transaction).__bindgen_anon_1.commit_time,
                #[cfg(all(pg_since = "15", not(pg_since = "19")))]
                committed: (*transaction).xact_time.commit_time,
                #[cfg(not(pg_since = "15"))]
                committed: (*transaction).commit_time,
                position: (*transaction).final_lsn,
            }
        }
    }
}

ffi::pg_guard! {
    unsafe extern "C-unwind" fn begin<P: Plugin>(
        context: *mut LogicalDecodingContext,
        transaction: *mut ReorderBufferTXN,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with valid pointers.
        unsafe {
            run::<P>(context, |plugin, out| {
                plugin.begin(&Transaction::read(transaction), out)
            })
        }
    }
}

ffi::pg_guard! {
    unsafe extern "C-unwind" fn change<P: Plugin>(
        context: *mut LogicalDecodingContext,
        transaction: *mut ReorderBufferTXN,
        relation: Relation,
        change: *mut ReorderBufferChange,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with valid pointers.
        unsafe {
            run::<P>(context, |plugin, out| {
                let Some(change) = Change::read(relation, change)? else {
                    return Ok(());
                };
                let changed = plugin.change(&Transaction::read(transaction), &change, out);
                changed.map_err(|error| {
                    let table = &change.table;
                    error.in_context(format_args!("table \"{}.{}\"", table.schema, table.name))
                })
            })
        }
    }
}

ffi::pg_guard! {
    unsafe extern "C-unwind" fn truncate<P: Plugin>(
        context: *mut LogicalDecodingContext,
        transaction: *mut ReorderBufferTXN,
        count: c_int,
        relations: *mut Relation,
        _change: *mut ReorderBufferChange,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with valid pointers, and an array of this length.
        unsafe {
            run::<P>(context, |plugin, out| {
                let tables = (0..count as usize).map(|at| TableName::of(*relations.add(at)));
                let tables = tables.collect::<Result<Vec<TableName>>>()?;
                plugin.truncate(&Transaction::read(transaction), &tables, out)
            })
        }
    }
}

ffi::pg_guard! {
    unsafe extern "C-unwind" fn commit<P: Plugin>(
        context: *mut LogicalDecodingContext,
        transaction: *mut ReorderBufferTXN,
        _position: XLogRecPtr,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with valid pointers.
        unsafe {
            run::<P>(context, |plugin, out| {
                plugin.commit(&Transaction::read(transaction), out)
            })
        }
    }
}

ffi::pg_guard! {
    unsafe extern "C-unwind" fn message<P: Plugin>(
        context: *mut LogicalDecodingContext,
        transaction: *mut ReorderBufferTXN,
        position: XLogRecPtr,
        is_transactional: bool,
        prefix: *const c_char,
        size: Size,
        content: *const c_char,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with valid pointers. The content has this size.
        unsafe {
            run::<P>(context, |plugin, out| {
                let message = Message {
                    transaction: is_transactional.then(|| Transaction::read(transaction)),
                    position,
                    prefix: &text(prefix)?,
                    content: std::slice::from_raw_parts(content.cast(), size),
                };
                plugin.message(&message, out)
            })
        }
    }
}

ffi::pg_guard! {
    /// The type of an origin has another name since 19.
    unsafe extern "C-unwind" fn filter<P: Plugin>(
        context: *mut LogicalDecodingContext,
        origin: u16,
    ) -> Result<bool, Error> {
        // SAFETY: the server calls after `startup`. Callbacks of one context do not overlap.
        unsafe {
            let state = &mut *(*context).output_plugin_private.cast::<State<P>>();
            let skips = |plugin: &mut P| plugin.skips_origin(origin.into());
            state.plugin.as_mut().map_or(Ok(false), skips)
        }
    }
}

ffi::pg_guard! {
    unsafe extern "C-unwind" fn shutdown<P: Plugin>(
        context: *mut LogicalDecodingContext,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with a valid context. Without `startup`, there is no state.
        unsafe {
            let state = (*context).output_plugin_private.cast::<State<P>>().as_mut();
            let plugin = state.and_then(|state| state.plugin.take());
            plugin.map_or(Ok(()), Plugin::stop)
        }
    }
}
