//! Tests the documentation that the build script adds to the items of the bindings.

#![allow(dead_code, unreachable_pub)]

#[path = "../build/docs.rs"]
mod docs;

const ITEMS: &str = "\
Oid\ttype\tpostgres_ext.h\t11\t-
Oid\tconstant\t-\t14\t16
leave\tfunction\ta.h 14:b.h 15:c.h\t13\t-
state\tglobal\t- 14:c.h\t14\t-
gone\tfunction\ta.h\t11\t11
";

const BINDINGS: &str = r#"pub type Oid = u32;
pub const Oid: u32 = 1;
impl Oid {
    pub const Oid: u32 = 1;
    pub fn leave(&self) {}
}
#[repr(C)]
pub struct Unknown {
    pub Oid: Oid,
}
unsafe extern "C-unwind" {
    #[must_use]
    pub fn leave(
        code: u32,
    );
    pub fn gone();
    pub static mut state: u32;
}
"#;

const DOCUMENTED: &str = r#"#[doc = "`postgres_ext.h`; since 11 or earlier."]
pub type Oid = u32;
#[doc = "Since 14, until 16."]
pub const Oid: u32 = 1;
impl Oid {
    pub const Oid: u32 = 1;
    pub fn leave(&self) {}
}
#[repr(C)]
pub struct Unknown {
    pub Oid: Oid,
}
unsafe extern "C-unwind" {
    #[must_use]
#[doc = "`c.h` (`b.h` before 15) (`a.h` before 14); since 12 or 13."]
    pub fn leave(
        code: u32,
    );
#[doc = "`a.h`; since 11 or earlier, until 11 or 12."]
    pub fn gone();
#[doc = "`c.h`; since 14."]
    pub static mut state: u32;
}
"#;

#[test]
fn each_item_has_a_line_and_nothing_else_has() {
    let majors = ["11", "13", "14", "15", "16", "17"];
    let documentation = docs::Documentation::new(ITEMS, &majors);
    assert_eq!(documentation.add_to(BINDINGS), DOCUMENTED);
}

/// The file that the crate includes, beside the text that is compared with the committed one.
#[test]
fn every_item_of_these_bindings_is_documented() {
    let bindings = include_str!(concat!(env!("OUT_DIR"), "/bindings.rs"));
    let plain = include_str!(concat!(env!("OUT_DIR"), "/declarations.rs"));
    let lines = bindings.lines().filter(|line| !line.starts_with("#[doc"));
    assert!(lines.eq(plain.lines()), "the text is not the same");
    let lines: Vec<&str> = bindings.lines().collect();
    let functions = lines
        .windows(2)
        .filter(|pair| pair[1].contains("    pub fn pg"));
    let (with, without): (Vec<_>, Vec<_>) =
        functions.partition(|pair| pair[0].starts_with("#[doc"));
    assert!(!with.is_empty() && without.is_empty(), "{without:?}");
}
