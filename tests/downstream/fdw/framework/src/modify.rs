//! Execution of `INSERT` and `COPY FROM`.

use crate::table::text;
use crate::{Column, Error, Insert, Result, Row, Table, Wrapper, ffi};
use ffi::guard::catch;
use ffi::macros::{pgbgw_alloc_set_context_create, pgbgw_relation_get_relid};
use ffi::{
    EState, FmgrInfo, List, MemoryContext, ModifyTableState, Relation, ResultRelInfo,
    TupleTableSlot,
};
use other_boundary::own;
use std::ffi::{c_char, c_int};
use std::ptr;

struct State<I> {
    /// `None` after the end.
    insert: Option<I>,
    outputs: Vec<Output>,
    row: Row,
    /// For the texts of one row.
    memory: MemoryContext,
}

/// The output function of a column.
#[derive(Clone, Copy)]
struct Output {
    index: usize,
    function: *mut FmgrInfo,
}

impl Output {
    /// # Safety
    /// On the server's main thread, in a transaction. The context is valid.
    unsafe fn of(column: &Column, context: MemoryContext) -> Result<Self> {
        let (index, kind) = (column.index, column.kind);
        // SAFETY: the caller's promise; the closure owns nothing.
        let found = unsafe {
            catch(|| {
                let (mut id, mut is_varlena) = (0, false.into());
                ffi::getTypeOutputInfo(kind, &raw mut id, &raw mut is_varlena);
                let function = ffi::MemoryContextAllocZero(context, size_of::<FmgrInfo>() as _);
                ffi::fmgr_info_cxt(id, function.cast(), context);
                Output {
                    index,
                    function: function.cast(),
                }
            })
        }?;
        Ok(found)
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn begin_modify<W: Wrapper>(
        modify: *mut ModifyTableState,
        target: *mut ResultRelInfo,
        _private: *mut List,
        _subplan: c_int,
        flags: c_int,
    ) -> Result<(), Error> {
        if flags as u32 & ffi::EXEC_FLAG_EXPLAIN_ONLY as u32 != 0 {
            return Ok(());
        }
        // SAFETY: the server calls with initialized nodes.
        unsafe { begin::<W>(modify, target) }
    }
}

#[cfg(pg_since = "11")]
ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn begin_insert<W: Wrapper>(
        modify: *mut ModifyTableState,
        target: *mut ResultRelInfo,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with initialized nodes.
        unsafe { begin::<W>(modify, target) }
    }
}

/// # Safety
/// As for `BeginForeignModify`.
unsafe fn begin<W: Wrapper>(
    modify: *mut ModifyTableState,
    target: *mut ResultRelInfo,
) -> Result<()> {
    // SAFETY: the caller's promise. The query's memory outlives the statement's other state.
    unsafe {
        let context = (*(*modify).ps.state).es_query_cxt;
        let relation: Relation = (*target).ri_RelationDesc;
        let columns = Column::read(relation)?;
        let outputs = columns.iter().map(|column| Output::of(column, context));
        let outputs = outputs.collect::<Result<Vec<Output>>>()?;
        let memory = catch(|| {
            let name = c"row of a foreign table".as_ptr();
            pgbgw_alloc_set_context_create(context, name, 0, 1024, 8192)
        })?;
        let table = Table::read(pgbgw_relation_get_relid(relation))?;
        let state = State {
            insert: Some(W::open(&table)?.insert(&columns)?),
            outputs,
            row: Row::default(),
            memory,
        };
        (*target).ri_FdwState = own(context, state)?.cast();
    }
    Ok(())
}

/// # Safety
/// `begin` of the same wrapper has made the state of this target.
unsafe fn state<'a, W: Wrapper>(target: *mut ResultRelInfo) -> Option<&'a mut State<W::Insert>> {
    // SAFETY: the caller's promise. Callbacks of one target do not overlap.
    unsafe { (*target).ri_FdwState.cast::<State<W::Insert>>().as_mut() }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn insert<W: Wrapper>(
        _executor: *mut EState,
        target: *mut ResultRelInfo,
        slot: *mut TupleTableSlot,
        _plan_slot: *mut TupleTableSlot,
    ) -> Result<*mut TupleTableSlot, Error> {
        // SAFETY: the server calls after `begin`, with a row of this table.
        unsafe {
            let Some(state) = state::<W>(target) else {
                return Ok(slot);
            };
            state.read(slot)?;
            if let Some(insert) = &mut state.insert {
                insert.insert(&state.row)?;
            }
            Ok(slot)
        }
    }
}

impl<I> State<I> {
    /// Converts a row into texts.
    ///
    /// # Safety
    /// The slot has a row of this table.
    unsafe fn read(&mut self, slot: *mut TupleTableSlot) -> Result<()> {
        let memory = self.memory;
        self.row.clear();
        // SAFETY: the caller's promise. The closures own nothing, and the texts are copied before
        // the memory is reset.
        unsafe {
            let before = catch(|| {
                ffi::MemoryContextReset(memory);
                get_all(slot);
                ffi::inline::MemoryContextSwitchTo(memory)
            })?;
            for output in &self.outputs {
                let output = *output;
                let read = catch(|| output.text(slot));
                let value = match read {
                    Ok(value) if value.is_null() => Ok(None),
                    Ok(value) => text(value).map(Some),
                    Err(error) => Err(error.into()),
                };
                let pushed = value.and_then(|value| self.row.push(value.as_deref()));
                if let Err(error) = pushed {
                    ffi::inline::MemoryContextSwitchTo(before);
                    return Err(error);
                }
            }
            ffi::inline::MemoryContextSwitchTo(before);
        }
        Ok(())
    }
}

impl Output {
    /// Returns a text of the server, or null.
    ///
    /// # Safety
    /// The values of the slot were read. May raise.
    unsafe fn text(self, slot: *mut TupleTableSlot) -> *const c_char {
        // SAFETY: the caller's promise: the arrays have an element for each column.
        unsafe {
            // A `char` before 11.
            if *(*slot).tts_isnull.cast::<bool>().add(self.index) {
                return ptr::null();
            }
            let value = *(*slot).tts_values.add(self.index);
            ffi::OutputFunctionCall(self.function, value)
        }
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn end<W: Wrapper>(
        _executor: *mut EState,
        target: *mut ResultRelInfo,
    ) -> Result<(), Error> {
        // SAFETY: the server calls after `begin`.
        unsafe {
            let insert = state::<W>(target).and_then(|state| state.insert.take());
            insert.map_or(Ok(()), Insert::finish)
        }
    }
}

/// `INSERT` only.
pub(crate) unsafe extern "C-unwind" fn updatable(_relation: Relation) -> c_int {
    1 << ffi::CmdType::CMD_INSERT.0
}

/// `slot_getallattrs`, inline since 12.
///
/// # Safety
/// A valid slot with a row. May raise.
unsafe fn get_all(slot: *mut TupleTableSlot) {
    // SAFETY: the caller's promise.
    unsafe {
        #[cfg(pg_since = "12")]
        {
            let count = (*(*slot).tts_tupleDescriptor).natts;
            if c_int::from((*slot).tts_nvalid) < count {
                ffi::slot_getsomeattrs_int(slot, count);
            }
        }
        #[cfg(not(pg_since = "12"))]
        ffi::slot_getallattrs(slot);
    }
}
