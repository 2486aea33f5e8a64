//! Index access methods in safe Rust. A method is a type with the trait [`Method`], and
//! [`access_method!`] exports its handler.
//!
//! An index has one column, and answers equality with bitmap scans. The framework hashes keys with
//! support function 1 of the operator class. The method keeps the hashes in pages, which it changes
//! by way of the generic log, so they survive a crash. NULL is not in the index.

mod buffer;
mod build;
mod cost;
mod handler;
mod index;
mod keys;
mod page;
mod scan;
mod vacuum;

/// The raw crate, and what this framework needs in addition.
pub mod ffi {
    include!(concat!(env!("OUT_DIR"), "/server.rs"));
}

pub use ffi::errcodes;
pub use index::{Change, Index};
pub use other_boundary::{Error, Result};
pub use page::{Page, PageMut};

/// An index access method.
pub trait Method: 'static {
    /// Writes the first pages of an index. The table has this number of pages.
    fn create(index: &Index, table_pages: u32) -> Result<()>;

    /// Adds an entry.
    fn insert(index: &Index, entry: Entry) -> Result<()>;

    /// Lists at least the entries with this hash.
    fn find(index: &Index, hash: u32, found: &mut Vec<Entry>) -> Result<()>;

    /// Removes the entries that are dead.
    fn remove(index: &Index, dead: &mut Dead<'_>) -> Result<Removed>;
}

/// The hash of a key, and the row that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The hash.
    pub hash: u32,
    /// The page of the row.
    pub block: u32,
    /// Its number in the page.
    pub item: u16,
}

/// Decides which entries are dead: keeps the others in the list.
pub type Dead<'a> = dyn FnMut(&mut Vec<Entry>) -> Result<()> + 'a;

/// What was removed from an index.
#[derive(Debug, Clone, Copy, Default)]
pub struct Removed {
    /// The entries that were removed.
    pub dead: u64,
    /// The entries that remain.
    pub kept: u64,
}

/// Exports the handler of a method, once per library:
///
/// ```sql
/// create function my_handler(internal) returns index_am_handler language c as 'my_library';
/// create access method my type index handler my_handler;
/// create operator class int4_ops default for type int4 using my
///     as operator 1 =, function 1 hashint4(int4);
/// ```
#[macro_export]
macro_rules! access_method {
    ($method:ty, handler = $handler:ident) => {
        $crate::ffi::pg_module_magic!();
        $crate::ffi::pg_function_info_v1!($handler);

        const _: () = {
            static ROUTINE: $crate::__private::Routine = $crate::__private::Routine::new();

            $crate::ffi::pg_guard! {
                #[unsafe(no_mangle)]
                unsafe extern "C-unwind" fn $handler(
                    _fcinfo: $crate::ffi::FunctionCallInfo,
                ) -> Result<$crate::ffi::Datum, $crate::Error> {
                    // SAFETY: the server calls.
                    unsafe { $crate::__private::handler::<$method>(&ROUTINE) }
                }
            }
        };
    };
}

#[doc(hidden)]
pub mod __private {
    pub use crate::handler::{Routine, handler};
}
