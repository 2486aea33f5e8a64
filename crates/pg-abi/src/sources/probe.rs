//! Translates facts to questions for a C compiler, one line each, and decodes its answers.
//!
//! Nothing is run. Each line puts numbers into a section of an object file, after the number of the
//! line. So the answers of a cross compiler can be read, too.

use crate::facts::Attributes;
use crate::facts::{Fact, Key, Kind};

/// Marks the start of each answer, to distinguish it from alignment bytes.
pub(crate) const MARK: u64 = 0x5047_4247_575f_4652;

/// Numbers of an answer after the mark and the line.
pub(crate) const WIDTH: usize = 3;

/// The integer types of C; the index represents the type in an answer.
pub(crate) const INTEGERS: [&str; 14] = [
    "(no integer)",
    "int",
    "unsigned int",
    "long",
    "unsigned long",
    "long long",
    "unsigned long long",
    "char",
    "signed char",
    "unsigned char",
    "short",
    "unsigned short",
    "_Bool",
    "double",
];

/// Returns the macros that the lines use.
pub(crate) fn vocabulary() -> String {
    let types = INTEGERS.iter().enumerate().skip(1);
    let types: String = types
        .map(|(number, ty)| format!(", {ty}: {number}"))
        .collect();
    format!("{VOCABULARY}#define PGBGW_TYPE_OF(x) _Generic((x){types}, default: 0)\n")
        .replace("MARK", &format!("{MARK:#x}ULL"))
}

const VOCABULARY: &str = r#"
#ifdef __APPLE__
#define PGBGW_SECTION(name) __attribute__((section("__DATA," name), used, aligned(8)))
#else
#define PGBGW_SECTION(name) __attribute__((section(name), used, aligned(8)))
#endif
#define PGBGW_JOIN_(a, b) a##b
#define PGBGW_JOIN(a, b) PGBGW_JOIN_(a, b)
#define PGBGW_WORDS_(x) #x
#define PGBGW_WORDS(x) PGBGW_WORDS_(x)
#define PGBGW_SAY(a, b, c) \
	static const unsigned long long PGBGW_JOIN(pgbgw_fact_, __LINE__)[5] PGBGW_SECTION("pgbgw_facts") = \
	{MARK, __LINE__, (unsigned long long) (a), (unsigned long long) (b), (unsigned long long) (c)}
#define PGBGW_TEXT(x) \
	static const char PGBGW_JOIN(pgbgw_text_, __LINE__)[] PGBGW_SECTION("pgbgw_texts") = \
	"\1" PGBGW_WORDS(__LINE__) "\2" x
#define PGBGW_SAME(x, ...) __builtin_types_compatible_p(__typeof__(x), __VA_ARGS__)
#define PGBGW_TYPE(name) PGBGW_SAY(sizeof(name), _Alignof(name), 0)
#define PGBGW_FIELD(name, field, ...) PGBGW_SAY(__builtin_offsetof(name, field), \
	sizeof(((name *) 0)->field), PGBGW_SAME(((name *) 0)->field, __VA_ARGS__))
#define PGBGW_OPEN(name, field, ...) \
	PGBGW_SAY(__builtin_offsetof(name, field), 0, PGBGW_SAME(((name *) 0)->field, __VA_ARGS__))
#define PGBGW_PLACE(name, field) \
	PGBGW_SAY(__builtin_offsetof(name, field), sizeof(((name *) 0)->field), 2)
#define PGBGW_INTEGER(name) PGBGW_SAY(sizeof(name), (name) -1 < 0, 0)
#define PGBGW_ALIAS(name, ...) PGBGW_SAY(0, 0, __builtin_types_compatible_p(name, __VA_ARGS__))
#define PGBGW_VALUE(x) PGBGW_SAY(+(x), (x) < 0, PGBGW_TYPE_OF(x))
#define PGBGW_ITEM(name, ...) PGBGW_SAY(0, 0, PGBGW_SAME(name, __VA_ARGS__)); PGBGW_TEXT(PGBGW_WORDS(name))
#define PGBGW_SIZE(name) PGBGW_SAY(sizeof(name), 0, 0)
#ifndef FMGR_ABI_EXTRA
#define FMGR_ABI_EXTRA ""
#endif
#ifdef USE_ASSERT_CHECKING
#define PGBGW_ASSERTIONS 1
#else
#define PGBGW_ASSERTIONS 0
#endif
#ifdef EXEC_BACKEND
#define PGBGW_EXEC_BACKEND 1
#else
#define PGBGW_EXEC_BACKEND 0
#endif
"#;

/// Build options of a server by name, with the C expression of each.
pub(crate) const ENVIRONMENT: [(&str, &str); 8] = [
    ("abi_extra", "FMGR_ABI_EXTRA"),
    ("assertions", "PGBGW_ASSERTIONS"),
    ("big_endian", "__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__"),
    ("char_signed", "(char) -1 < 0"),
    ("datum_width", "8 * sizeof(Datum)"),
    ("exec_backend", "PGBGW_EXEC_BACKEND"),
    ("long_width", "8 * sizeof(long)"),
    ("pointer_width", "8 * sizeof(void *)"),
];

/// Macro calls whose values are facts, because the bindings compute them in Rust.
pub(crate) const MACROS: [&str; 10] = [
    "MAKE_SQLSTATE('5', '7', 'P', '0', '1')",
    "MAXALIGN(1)",
    "MAXALIGN(8)",
    "MAXALIGN(13)",
    "OidIsValid(0)",
    "PGSIXBIT('Z')",
    "PGUNSIXBIT(10)",
    "TYPEALIGN(8, 13)",
    "TransactionIdIsNormal(2)",
    "VARHDRSZ",
];

/// Returns the prototype without the name: the type of a function.
pub(crate) fn function_type(prototype: &str) -> String {
    renamed(prototype, "")
}

/// Returns the prototype with another name, which is what comes before the first bracket.
pub(crate) fn renamed(prototype: &str, name: &str) -> String {
    let Some((head, parameters)) = prototype.split_once('(') else {
        return prototype.to_owned();
    };
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let result = head.trim_end_matches(is_word);
    format!("{result}{name}({parameters}")
}

/// Returns the line that requests an item.
pub(crate) fn line(key: &Key, fact: &Fact) -> Option<String> {
    let name = &key.name;
    Some(match fact {
        Fact::Alias { ty } => format!("PGBGW_ALIAS({name}, {ty});"),
        Fact::Constant { value, .. } if value.starts_with('"') => format!("PGBGW_TEXT({name});"),
        Fact::Constant { .. } | Fact::Enumerator { .. } | Fact::Macro { .. } => {
            format!("PGBGW_VALUE({name});")
        }
        Fact::Enum { .. } | Fact::Integer { .. } => format!("PGBGW_INTEGER({name});"),
        Fact::Environment { .. } => {
            let (_, c) = ENVIRONMENT.iter().find(|(known, _)| known == name)?;
            let verb = if name == "abi_extra" { "TEXT" } else { "VALUE" };
            format!("PGBGW_{verb}({c});")
        }
        Fact::Field { ty, .. } => {
            let (of, field) = (key.owner(), key.member());
            match ty.as_str() {
                "" => format!("PGBGW_PLACE({of}, {field});"),
                open if open.ends_with("[]") => format!("PGBGW_OPEN({of}, {field}, {ty});"),
                _ => format!("PGBGW_FIELD({of}, {field}, {ty});"),
            }
        }
        Fact::Function { prototype } => {
            format!("PGBGW_ITEM({name}, {});", function_type(prototype))
        }
        Fact::Global { ty } => format!("PGBGW_ITEM({name}, {ty});"),
        Fact::Symbol { of } if of.starts_with("data of") => format!("PGBGW_SIZE({name});"),
        Fact::Symbol { .. } | Fact::Text { .. } => return None,
        Fact::Type { .. } => format!("PGBGW_TYPE({name});"),
    })
}

/// Returns a line that makes the compiler report the type of an item, in an error. With `deep`,
/// that of what a pointer points to, where the types of parameters keep their names.
pub(crate) fn spelling(key: &Key, number: usize, deep: bool) -> Option<String> {
    let item = match key.kind {
        Kind::Field => format!("&((({} *) 0)->{})", key.owner(), key.member()),
        Kind::Function | Kind::Global => format!("&({})", key.name),
        // A function becomes a pointer here.
        Kind::Alias if deep => format!("**({} *) 0", key.name),
        Kind::Alias => format!("&(*({} *) 0)", key.name),
        _ => return None,
    };
    Some(format!(
        "void pgbgw_ask_{number}(void) {{ (void) (({item}) + (struct pgbgw_asked) {{0}}); }}"
    ))
}

/// Returns the type in such an error: `… (have 'char (*)[96]' and 'struct pgbgw_asked')`.
pub(crate) fn spelled(key: &Key, error: &str, deep: bool) -> Option<String> {
    let (error, _) = error.split_once("struct pgbgw_asked")?;
    let (_, rest) = error
        .split_once("(have '")
        .or_else(|| error.split_once("('"))?;
    let (pointer, rest) = rest.split_once('\'')?;
    // The name of an alias tells nothing.
    let resolved = rest
        .split_once("aka '")
        .and_then(|(_, rest)| rest.split_once('\''));
    let pointer = match (key.kind, resolved) {
        (Kind::Alias, Some((resolved, _))) => resolved,
        _ => pointer,
    };
    let words: Vec<&str> = without_attributes(pointer).split_whitespace().collect();
    let pointer = words.join(" ");
    if deep {
        return Some(match pointer.contains("(*") {
            true => pointer,
            false => format!("{pointer} *"),
        });
    }
    let ty = match pointer.split_once("(*") {
        // A pointer to an array or a function.
        Some((before, after)) if after.starts_with(')') => format!("{before}{}", &after[1..]),
        Some((before, after)) => format!("{before}({after}"),
        None => pointer.strip_suffix('*')?.trim_end().to_owned(),
    };
    if key.kind != Kind::Function {
        return Some(ty);
    }
    let (result, parameters) = ty.split_once('(')?;
    let result = result.trim_end();
    let space = if result.ends_with('*') { "" } else { " " };
    Some(format!("{result}{space}{}({parameters}", key.name))
}

/// Returns a type without gcc's attributes before it: `__attribute__((noreturn)) void (*)(int)`.
fn without_attributes(mut ty: &str) -> &str {
    while let Some((_, rest)) = ty
        .strip_prefix("__attribute__((")
        .and_then(|rest| rest.split_once("))"))
    {
        ty = rest.trim_start();
    }
    ty
}

/// Decodes the numbers of an answer; `None` for a different type.
pub(crate) fn answer(fact: &Fact, said: [u64; WIDTH]) -> Option<Attributes> {
    let [a, b, c] = said;
    let yes = |value| if value == 0 { "no" } else { "yes" }.to_owned();
    let value = || {
        if b == 0 {
            a.to_string()
        } else {
            (a as i64).to_string()
        }
    };
    let integer = || INTEGERS.get(c as usize).unwrap_or(&INTEGERS[0]).to_string();
    let one = |name, value| Attributes::from([(name, value)]);
    Some(match fact {
        Fact::Alias { ty } | Fact::Global { ty } if c == 1 => one("is", ty.clone()),
        Fact::Function { prototype } if c == 1 => one("is", prototype.clone()),
        Fact::Alias { .. } | Fact::Global { .. } | Fact::Function { .. } => return None,
        Fact::Constant { .. } => Attributes::from([("value", value()), ("type", integer())]),
        Fact::Enumerator { .. } => one("value", value()),
        Fact::Environment { .. } | Fact::Macro { .. } => one("is", value()),
        Fact::Enum { .. } | Fact::Integer { .. } => {
            Attributes::from([("size", a.to_string()), ("signed", yes(b))])
        }
        Fact::Field { ty, .. } => {
            let mut place = Attributes::from([("offset", a.to_string()), ("size", b.to_string())]);
            if c == 1 {
                place.insert("type", ty.clone());
            }
            place
        }
        Fact::Symbol { .. } => one("is", format!("data of {a} bytes")),
        Fact::Text { .. } => return None,
        Fact::Type { .. } => Attributes::from([("size", a.to_string()), ("align", b.to_string())]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prototypes_are_spelled_alike() {
        let key = Key::new(Kind::Function, "f");
        for (ty, wanted) in [
            ("void (*)(long int)", "void f(long int)"),
            ("RangeVar * (*)(const char *)", "RangeVar *f(const char *)"),
            ("__attribute__((noreturn)) void (*)(int)", "void f(int)"),
        ] {
            let error = format!("lines:1: error: x (have '{ty}' and 'struct pgbgw_asked')");
            assert_eq!(spelled(&key, &error, false).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn the_name_in_a_prototype_is_replaced() {
        let prototype = "const char *name(void (*)(int))";
        assert_eq!(
            renamed(prototype, "other"),
            "const char *other(void (*)(int))"
        );
        assert_eq!(function_type(prototype), "const char *(void (*)(int))");
    }
}
