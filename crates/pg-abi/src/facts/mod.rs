//! Facts of a server's interface: what compiled code assumes, as text, committed per major.
//!
//! A *fact* is one thing that compiled code assumes: the offset of a field, the value of a
//! constant, a prototype.

mod fact;
pub mod golden;
pub mod header;
pub mod history;
mod key;
pub mod text;

pub use fact::{Fact, Facts, Items, Use};
pub use key::{KINDS, Key, Kind};
pub use text::Attributes;
