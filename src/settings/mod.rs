//! Configuration parameters of a library.
//!
//! Each setting is a `static` that the function given to
//! [`bgworker_module!`](crate::bgworker_module) defines once. The server writes the value to it, as
//! in C. A value can be read only on the server's thread, which any token proves.

mod bool;
mod check;
mod definition;
mod duration;
mod enumeration;
mod number;
mod size;
mod string;
mod words;

pub use self::bool::BoolSetting;
pub use self::check::CheckFn;
pub use self::duration::DurationSetting;
pub use self::enumeration::{EnumSetting, SettingEnum};
pub use self::number::{IntSetting, RealSetting};
pub use self::size::SizeSetting;
pub use self::string::StringSetting;
pub use self::words::{SettingContext, SettingFlag, SizeUnit, TimeUnit};
