//! Execution of a scan.

use crate::{Column, Error, Result, Row, Scan, Table, Wrapper, ffi};
use ffi::errcodes::ERRCODE_FDW_ERROR;
use ffi::guard::{catch, catch_in};
use ffi::macros::pgbgw_relation_get_relid;
use ffi::{Datum, FmgrInfo, ForeignScanState, MemoryContext, Oid, TupleTableSlot};
use other_boundary::own;
use std::cell::Cell;
use std::ffi::{CString, c_int};
use std::fmt;

struct State<S> {
    /// `None` after the end.
    scan: Option<S>,
    columns: Vec<Column>,
    inputs: Vec<Input>,
    row: Row,
    /// The number of the row, from 1.
    number: u64,
}

/// The input function of a column.
#[derive(Clone, Copy)]
struct Input {
    index: usize,
    function: *mut FmgrInfo,
    parameter: Oid,
    typmod: i32,
}

impl Input {
    /// # Safety
    /// On the server's main thread, in a transaction. The context is valid.
    unsafe fn of(column: &Column, context: MemoryContext) -> Result<Self> {
        let (index, kind, typmod) = (column.index, column.kind, column.typmod);
        // SAFETY: the caller's promise; the closure owns nothing.
        let found = unsafe {
            catch(|| {
                let (mut id, mut parameter) = (0, 0);
                ffi::getTypeInputInfo(kind, &raw mut id, &raw mut parameter);
                let function = ffi::MemoryContextAllocZero(context, size_of::<FmgrInfo>() as _);
                ffi::fmgr_info_cxt(id, function.cast(), context);
                Input {
                    index,
                    function: function.cast(),
                    parameter,
                    typmod,
                }
            })
        }?;
        Ok(found)
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn begin<W: Wrapper>(
        node: *mut ForeignScanState,
        flags: c_int,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with an initialized node; the current context lives as long as
        // the node.
        unsafe {
            if flags as u32 & ffi::EXEC_FLAG_EXPLAIN_ONLY as u32 != 0 {
                return Ok(());
            }
            let relation = (*node).ss.ss_currentRelation;
            let context = ffi::CurrentMemoryContext;
            let columns = Column::read(relation)?;
            let inputs = columns.iter().map(|column| Input::of(column, context));
            let inputs = inputs.collect::<Result<Vec<Input>>>()?;
            let scan =
                W::open(&Table::read(pgbgw_relation_get_relid(relation))?)?.scan(&columns)?;
            let state = State {
                scan: Some(scan),
                columns,
                inputs,
                row: Row::default(),
                number: 0,
            };
            (*node).fdw_state = own(context, state)?.cast();
            Ok(())
        }
    }
}

/// # Safety
/// `begin` of the same wrapper has made the state of this node.
unsafe fn state<'a, W: Wrapper>(node: *mut ForeignScanState) -> Option<&'a mut State<W::Scan>> {
    // SAFETY: the caller's promise. Callbacks of one node do not overlap.
    unsafe { (*node).fdw_state.cast::<State<W::Scan>>().as_mut() }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn iterate<W: Wrapper>(
        node: *mut ForeignScanState,
    ) -> Result<*mut TupleTableSlot, Error> {
        // SAFETY: the server calls after `begin`, with the memory of one row as the current
        // context.
        unsafe {
            let slot = (*node).ss.ss_ScanTupleSlot;
            catch(|| clear(slot))?;
            let Some(state) = state::<W>(node) else {
                return Ok(slot);
            };
            let Some(scan) = &mut state.scan else {
                return Ok(slot);
            };
            state.row.clear();
            if !scan.next(&mut state.row)? {
                return Ok(slot);
            }
            state.number += 1;
            state.store(slot)?;
            Ok(slot)
        }
    }
}

impl<S> State<S> {
    /// Converts the row.
    ///
    /// # Safety
    /// The slot is empty, and of this table.
    unsafe fn store(&self, slot: *mut TupleTableSlot) -> Result<()> {
        if self.row.len() != self.columns.len() {
            return Err(Error::new(
                ERRCODE_FDW_ERROR,
                format_args!(
                    "row {} has {} values, but the table has {} columns",
                    self.number,
                    self.row.len(),
                    self.columns.len()
                ),
            ));
        }
        let place = Place {
            columns: &self.columns,
            column: Cell::new(0),
            row: self.number,
        };
        let (at, inputs, row) = (&place.column, self.inputs.as_slice(), &self.row);
        // SAFETY: the arrays of a slot have an element for each column of the table. A dropped
        // column is NULL. The closure borrows.
        unsafe {
            catch_in(&place, || {
                let values = (*slot).tts_values;
                // A `char` before 11.
                let nulls = (*slot).tts_isnull.cast::<bool>();
                for index in 0..(*(*slot).tts_tupleDescriptor).natts as usize {
                    *values.add(index) = 0 as Datum;
                    *nulls.add(index) = true;
                }
                for (column, input) in inputs.iter().enumerate() {
                    at.set(column);
                    let text = row.pointer(column);
                    // Domains check NULL, too.
                    let value = ffi::InputFunctionCall(
                        input.function,
                        text.cast_mut(),
                        input.parameter,
                        input.typmod,
                    );
                    *values.add(input.index) = value;
                    *nulls.add(input.index) = text.is_null();
                }
                ffi::ExecStoreVirtualTuple(slot);
            })?;
        }
        Ok(())
    }
}

/// Where a value comes from.
struct Place<'a> {
    columns: &'a [Column],
    /// The index of the column.
    column: Cell<usize>,
    row: u64,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.columns.get(self.column.get());
        let name = column.map_or("", |column| &column.name);
        write!(f, "column \"{name}\" of row {}", self.row)
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn rescan<W: Wrapper>(
        node: *mut ForeignScanState,
    ) -> Result<(), Error> {
        // SAFETY: the server calls after `begin`.
        unsafe {
            let Some(state) = state::<W>(node) else {
                return Ok(());
            };
            state.number = 0;
            state.scan.as_mut().map_or(Ok(()), Scan::rewind)
        }
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn end<W: Wrapper>(
        node: *mut ForeignScanState,
    ) -> Result<(), Error> {
        // SAFETY: the server calls after `begin`.
        unsafe {
            let scan = state::<W>(node).and_then(|state| state.scan.take());
            scan.map_or(Ok(()), Scan::finish)
        }
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn explain<W: Wrapper>(
        node: *mut ForeignScanState,
        explain: *mut ffi::ExplainState,
    ) -> Result<(), Error> {
        // SAFETY: the server calls after `begin`; the closures own nothing.
        unsafe {
            let table = pgbgw_relation_get_relid((*node).ss.ss_currentRelation);
            for (name, value) in W::open(&Table::read(table)?)?.explain()? {
                let line =
                    [name, value.as_str()].map(|text| CString::new(text).unwrap_or_default());
                let [name, value] = line.each_ref().map(|text| text.as_ptr());
                catch(|| ffi::ExplainPropertyText(name, value, explain))?;
            }
            Ok(())
        }
    }
}

/// `ExecClearTuple`, inline since 12.
///
/// # Safety
/// A valid slot. May raise.
unsafe fn clear(slot: *mut TupleTableSlot) {
    // SAFETY: the caller's promise. The operations of a slot are complete.
    unsafe {
        #[cfg(pg_since = "12")]
        ((*(*slot).tts_ops).clear.unwrap_unchecked())(slot);
        #[cfg(not(pg_since = "12"))]
        ffi::ExecClearTuple(slot);
    }
}
