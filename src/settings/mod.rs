//! Configuration variables of a library.
//!
//! Each is a `static`, told to the server once, in the function given to [`bgworker_module!`](crate::bgworker_module). The
//! server writes its value there as it does in C, and it is read on the server's thread only: any token proves that.

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
pub use self::duration::DurationSetting;
pub use self::enumeration::{EnumSetting, SettingEnum};
pub use self::number::{IntSetting, RealSetting};
pub use self::size::SizeSetting;
pub use self::string::StringSetting;
pub use self::words::{SettingContext, SettingFlag, SizeUnit, TimeUnit};
