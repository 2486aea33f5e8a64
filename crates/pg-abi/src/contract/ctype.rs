//! Translates the Rust types of bindings to C.

use pg_scratch::{Error, Result};
use syn::{
    Expr, GenericArgument, Lit, PathArguments, PointerMutability, ReturnType, Type, TypeFnPtr,
    TypePath,
};

/// How C names a type of the bindings: `BackgroundWorker`, `struct nameData`.
pub(crate) type Spell<'a> = &'a dyn Fn(&str) -> String;

/// Returns a C declaration of `inner` with type `ty`. `inner` may be empty, or a declarator like
/// `*name[4]`.
pub(crate) fn declare(ty: &Type, inner: &str, constant: bool, spell: Spell<'_>) -> Result<String> {
    match ty {
        Type::Path(path) => named(path, inner, constant, spell),
        Type::Ptr(pointer) => {
            let star = if constant { "* const " } else { "*" };
            let to_constant = matches!(pointer.mutability, PointerMutability::Const(_));
            declare(&pointer.elem, &format!("{star}{inner}"), to_constant, spell)
        }
        Type::Array(array) => {
            let length = length(&array.len).ok_or_else(|| unknown("an array's length"))?;
            let inner = format!("{}[{length}]", wrap(inner));
            declare(&array.elem, &inner, constant, spell)
        }
        Type::FnPtr(pointer) => function(pointer, inner, spell),
        _ => Err(unknown("a type")),
    }
}

fn named(path: &TypePath, inner: &str, constant: bool, spell: Spell<'_>) -> Result<String> {
    let last = path.path.segments.last();
    let last = last.ok_or_else(|| unknown("a path"))?;
    let name = last.ident.to_string();
    match (name.as_str(), argument(&last.arguments)) {
        ("Option", Some(function)) => declare(function, inner, constant, spell),
        ("__IncompleteArrayField", Some(element)) => {
            declare(element, &format!("{inner}[]"), constant, spell)
        }
        _ => {
            let qualifier = if constant { "const " } else { "" };
            let name = primitive(&name).map_or_else(|| spell(&name), str::to_owned);
            let text = format!("{qualifier}{name} {inner}");
            Ok(text.trim_end().to_owned())
        }
    }
}

fn function(pointer: &TypeFnPtr, inner: &str, spell: Spell<'_>) -> Result<String> {
    let inputs = pointer.inputs.iter();
    let parameters = inputs.map(|input| declare(&input.ty, "", false, spell));
    let mut parameters = parameters.collect::<Result<Vec<_>>>()?;
    if pointer.variadic.is_some() {
        parameters.push("...".to_owned());
    } else if parameters.is_empty() {
        parameters.push("void".to_owned());
    }
    let declarator = format!("(*{inner})({})", parameters.join(", "));
    match &pointer.output {
        ReturnType::Type(_, result) if !matches!(**result, Type::Never(_)) => {
            declare(result, &declarator, false, spell)
        }
        _ => Ok(format!("void {declarator}")),
    }
}

/// Returns a function's signature as a C prototype.
pub(crate) fn prototype(signature: &syn::Signature, spell: Spell<'_>) -> Result<String> {
    let inputs = signature.inputs.iter();
    let types = inputs.filter_map(|input| match input {
        syn::FnArg::Typed(argument) => Some(&argument.ty),
        syn::FnArg::Receiver(_) => None,
    });
    let mut parameters = types
        .map(|ty| declare(ty, "", false, spell))
        .collect::<Result<Vec<_>>>()?;
    if signature.variadic.is_some() {
        parameters.push("...".to_owned());
    } else if parameters.is_empty() {
        parameters.push("void".to_owned());
    }
    let declarator = format!("{}({})", signature.ident, parameters.join(", "));
    match &signature.output {
        ReturnType::Type(_, result) if !matches!(**result, Type::Never(_)) => {
            declare(result, &declarator, false, spell)
        }
        _ => Ok(format!("void {declarator}")),
    }
}

fn unknown(what: &str) -> Error {
    Error::new(format!(
        "bindings contain {what} that cannot be translated to C"
    ))
}

/// In `*name[4]` the brackets bind first.
fn wrap(inner: &str) -> String {
    if inner.starts_with('*') {
        format!("({inner})")
    } else {
        inner.to_owned()
    }
}

fn argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Returns an array's length; 0 represents an unknown length.
fn length(length: &Expr) -> Option<String> {
    let Expr::Lit(literal) = length else {
        return None;
    };
    let Lit::Int(number) = &literal.lit else {
        return None;
    };
    let digits = number.base10_digits();
    Some(if digits == "0" { "" } else { digits }.to_owned())
}

/// Returns whether a type is an integer, to distinguish it from other aliases.
pub(super) fn is_integer(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let name = path.path.segments.last().map(|last| last.ident.to_string());
    let c = name.and_then(|name| primitive(&name));
    c.is_some_and(|c| !["void", "float", "double", "_Bool"].contains(&c))
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
        "i128" => "__int128",
        "u128" => "unsigned __int128",
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
            (
                "::core::option::Option<unsafe extern \"C-unwind\" fn()>",
                "void (*)(void)",
            ),
            (
                "Option<unsafe extern \"C-unwind\" fn(code: c_int, arg: *mut c_void) -> bool>",
                "_Bool (*)(int, void *)",
            ),
            (
                "Option<unsafe extern \"C-unwind\" fn(format: *const c_char, ...)>",
                "void (*)(const char *, ...)",
            ),
            ("i128", "__int128"),
        ] {
            let ty = syn::parse_str(rust).unwrap();
            let text = declare(&ty, "", false, &|name| format!("struct {name}")).unwrap();
            assert_eq!(text, c, "{rust}");
        }
    }
}
