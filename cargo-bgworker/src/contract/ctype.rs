//! Rust's types in bindings, written as C.

use crate::error::{Error, Result};
use syn::{Expr, ExprLit, GenericArgument, Lit, PathArguments, PointerMutability, ReturnType, Type};

/// `ty` as the type of a C declaration of `inner` (which may be empty, or a declarator like `*name[4]`).
///
/// `spell` says how C names a type of the bindings: `BackgroundWorker`, `struct nameData`.
pub(super) fn declare(ty: &Type, inner: &str, constant: bool, spell: &dyn Fn(&str) -> String) -> Result<String> {
    let qualifier = if constant { "const " } else { "" };
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last().ok_or_else(|| unknown("a path"))?;
            let name = last.ident.to_string();
            match (name.as_str(), argument(&last.arguments)) {
                ("Option", Some(function)) => declare(function, inner, constant, spell),
                ("__IncompleteArrayField", Some(element)) => declare(element, &format!("{inner}[]"), constant, spell),
                _ => {
                    let name = primitive(&name).map_or_else(|| spell(&name), str::to_owned);
                    Ok(format!("{qualifier}{name} {inner}").trim_end().to_owned())
                }
            }
        }
        Type::Ptr(pointer) => {
            let star = if constant { "* const " } else { "*" };
            let target_is_constant = matches!(pointer.mutability, PointerMutability::Const(_));
            declare(&pointer.elem, &format!("{star}{inner}"), target_is_constant, spell)
        }
        Type::Array(array) => {
            let length = length(&array.len).ok_or_else(|| unknown("an array's length"))?;
            declare(&array.elem, &format!("{}[{length}]", wrap(inner)), constant, spell)
        }
        Type::FnPtr(function) => {
            let parameters = function.inputs.iter().map(|input| declare(&input.ty, "", false, spell));
            let mut parameters = parameters.collect::<Result<Vec<_>>>()?;
            if parameters.is_empty() {
                parameters.push("void".to_owned());
            }
            let declarator = format!("(*{inner})({})", parameters.join(", "));
            match &function.output {
                ReturnType::Default => Ok(format!("void {declarator}")),
                ReturnType::Type(_, result) => declare(result, &declarator, false, spell),
            }
        }
        Type::Never(_) => Ok(format!("void {inner}")),
        _ => Err(unknown("a type")),
    }
}

fn unknown(what: &str) -> Error {
    Error::new(format!("the bindings contain {what} that has no translation to C"))
}

/// In `*name[4]` the brackets bind first.
fn wrap(inner: &str) -> String {
    if inner.starts_with('*') { format!("({inner})") } else { inner.to_owned() }
}

fn argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// 0 stands for an array of unknown length.
fn length(length: &Expr) -> Option<String> {
    let Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) = length else { return None };
    Some(if number.base10_digits() == "0" { String::new() } else { number.base10_digits().to_owned() })
}

/// The integer types, to tell them from other aliases.
pub(super) fn is_integer(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let name = path.path.segments.last().map(|segment| segment.ident.to_string());
    name.is_some_and(|name| !matches!(name.as_str(), "f32" | "f64" | "bool" | "c_void") && primitive(&name).is_some())
}

fn primitive(name: &str) -> Option<&'static str> {
    Some(match name {
        "c_void" => "void",
        "c_char" => "char",
        "c_schar" | "i8" => "signed char",
        "c_uchar" | "u8" => "unsigned char",
        "c_short" | "i16" => "short",
        "c_ushort" | "u16" => "unsigned short",
        "c_int" | "i32" => "int",
        "c_uint" | "u32" => "unsigned int",
        "c_long" => "long",
        "c_ulong" => "unsigned long",
        "c_longlong" => "long long",
        "c_ulonglong" => "unsigned long long",
        // `long` on some platforms, `long long` on others.
        "i64" => "__INT64_TYPE__",
        "u64" => "__UINT64_TYPE__",
        "usize" => "__SIZE_TYPE__",
        "isize" => "__PTRDIFF_TYPE__",
        "f32" => "float",
        "f64" => "double",
        "bool" => "_Bool",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::declare;

    #[test]
    fn types_become_c() {
        for (rust, c) in [
            ("*mut BackgroundWorker", "struct BackgroundWorker *"),
            ("*const ::core::ffi::c_char", "const char *"),
            ("*const *mut c_char", "char * const *"),
            ("*mut *const c_void", "const void **"),
            ("[c_char; 96usize]", "char [96]"),
            ("[c_char; 0usize]", "char []"),
            ("*mut [c_int; 4usize]", "int (*)[4]"),
            ("__IncompleteArrayField<c_char>", "char []"),
            ("::core::option::Option<unsafe extern \"C-unwind\" fn()>", "void (*)(void)"),
            ("Option<unsafe extern \"C-unwind\" fn(code: c_int, arg: *mut c_void) -> bool>", "_Bool (*)(int, void *)"),
        ] {
            let ty = syn::parse_str(rust).unwrap();
            let text = declare(&ty, "", false, &|name| format!("struct {name}")).unwrap();
            assert_eq!(text, c, "{rust}");
        }
    }
}
