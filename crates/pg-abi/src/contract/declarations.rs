//! The declarations of a bindings file. bindgen's output is Rust, so `syn` parses it.

use pg_scratch::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use syn::{
    Expr, Fields, ForeignItem, ImplItem, Item, ItemStruct, Lit, StaticMutability, Stmt, Type, UnOp,
};

/// Size, alignment and field offsets of a type, as bindgen asserts them for Rust.
#[derive(Default)]
pub(crate) struct Layout {
    pub(crate) name: String,
    pub(crate) size: String,
    pub(crate) align: String,
    pub(crate) fields: Vec<(String, String)>,
}

/// The declarations of a bindings file, in file order.
#[derive(Default)]
pub(crate) struct Declarations {
    /// Types that also exist in C.
    pub(crate) types: BTreeSet<String>,
    pub(crate) aliases: Vec<(String, Type)>,
    pub(crate) layouts: Vec<Layout>,
    pub(crate) fields: BTreeMap<(String, String), Type>,
    /// Name and value; a value may be a string in quotes.
    pub(crate) constants: Vec<(String, String)>,
    /// Name, type, and whether C says `const`.
    pub(crate) globals: Vec<(String, Type, bool)>,
    pub(crate) functions: Vec<String>,
    /// Rust signatures of functions.
    pub(crate) signatures: Vec<syn::Signature>,
    /// Enums: newtypes in Rust.
    pub(crate) enums: BTreeSet<String>,
    /// Enumerators, each with its enum.
    pub(crate) enumerators: BTreeMap<String, String>,
}

impl Declarations {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let file = syn::parse_file(text)
            .map_err(|error| Error::new(format!("bindings are not valid Rust: {error}")))?;
        let mut declarations = Self::default();
        for item in file.items {
            declarations.add(item);
        }
        Ok(declarations)
    }

    fn add(&mut self, item: Item) {
        match item {
            Item::Type(alias) if is_of_c(&alias.ident.to_string()) => {
                let name = self.add_type(alias.ident.to_string());
                self.aliases.push((name, *alias.ty));
            }
            Item::Struct(item) if is_of_c(&item.ident.to_string()) => self.add_struct(item),
            Item::Union(item) if is_of_c(&item.ident.to_string()) => {
                let name = self.add_type(item.ident.to_string());
                self.add_fields(&name, Fields::Named(item.fields));
            }
            Item::Const(item) if item.ident == "_" => self.layouts.extend(layout(&item.expr)),
            Item::Const(item) => self.add_constant(&item.ident, &item.expr),
            Item::Impl(item) => {
                for one in item.items {
                    if let ImplItem::Const(one) = one {
                        self.add_enumerator(&item.self_ty, &one.ident);
                        self.add_constant(&one.ident, &one.expr);
                    }
                }
            }
            Item::ForeignMod(block) => block
                .items
                .into_iter()
                .for_each(|item| self.add_foreign(item)),
            _ => {}
        }
    }

    fn add_struct(&mut self, item: ItemStruct) {
        let name = self.add_type(item.ident.to_string());
        match item.fields {
            // A newtype: an enum in C.
            Fields::Unnamed(fields) => {
                self.enums.insert(name.clone());
                let types = fields.unnamed.into_iter().map(|field| field.ty);
                self.aliases.extend(types.map(|ty| (name.clone(), ty)));
            }
            fields => self.add_fields(&name, fields),
        }
    }

    fn add_type(&mut self, name: String) -> String {
        self.types.insert(name.clone());
        name
    }

    fn add_fields(&mut self, name: &str, fields: Fields) {
        for field in fields {
            if let Some(ident) = field.ident {
                self.fields
                    .insert((name.to_owned(), ident.to_string()), field.ty);
            }
        }
    }

    fn add_constant(&mut self, name: &syn::Ident, value: &Expr) {
        if let Some(value) = constant(value) {
            self.constants.push((name.to_string(), value));
        }
    }

    fn add_enumerator(&mut self, of: &Type, name: &syn::Ident) {
        let Type::Path(path) = of else { return };
        if let Some(last) = path.path.segments.last() {
            let of = last.ident.to_string();
            self.enumerators.insert(name.to_string(), of);
        }
    }

    fn add_foreign(&mut self, item: ForeignItem) {
        match item {
            ForeignItem::Fn(function) => {
                self.functions.push(function.sig.ident.to_string());
                self.signatures.push(function.sig);
            }
            ForeignItem::Static(global) => {
                let constant = matches!(global.mutability, StaticMutability::None);
                self.globals
                    .push((global.ident.to_string(), *global.ty, constant));
            }
            _ => {}
        }
    }
}

/// Returns whether the type also exists in C, unlike bindgen's helpers and anonymous types.
fn is_of_c(name: &str) -> bool {
    const HELPERS: [&str; 3] = ["__Bindgen", "__IncompleteArrayField", "_bindgen_ty"];
    let is_helper = HELPERS.iter().any(|helper| name.starts_with(helper));
    !is_helper && !name.contains("__bindgen_")
}

/// `5`, `-1`, `c"18"`, `Name(5)`.
fn constant(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Some(number.base10_digits().to_owned()),
            Lit::CStr(text) => Some(format!("{:?}", text.value().to_str().ok()?)),
            _ => None,
        },
        Expr::Unary(negative) if matches!(negative.op, UnOp::Neg(_)) => {
            Some(format!("-{}", constant(&negative.expr)?))
        }
        Expr::Call(call) => constant(call.args.first()?),
        _ => None,
    }
}

/// `{ ["Size of X"][size_of::<X>() - 8usize]; ["Offset of …"][offset_of!(X, f) - 0usize]; }`
fn layout(block: &Expr) -> Option<Layout> {
    let Expr::Block(block) = block else {
        return None;
    };
    let mut layout = Layout::default();
    for statement in &block.block.stmts {
        let Stmt::Expr(Expr::Index(index), _) = statement else {
            return None;
        };
        let (Expr::Array(label), Expr::Binary(difference)) = (&*index.expr, &*index.index) else {
            return None;
        };
        let Some(Expr::Lit(label)) = label.elems.first() else {
            return None;
        };
        let Lit::Str(label) = &label.lit else {
            return None;
        };
        let (label, number) = (label.value(), constant(&difference.right)?);
        if let Some(name) = label.strip_prefix("Size of ") {
            (layout.name, layout.size) = (name.to_owned(), number);
        } else if label.starts_with("Alignment of ") {
            layout.align = number;
        } else {
            layout
                .fields
                .push((label.rsplit(':').next()?.to_owned(), number));
        }
    }
    is_of_c(&layout.name).then_some(layout)
}

#[cfg(test)]
mod tests {
    use super::Declarations;

    const BINDINGS: &str = r#"
        pub type Oid = ::core::ffi::c_uint;
        #[repr(C)] pub struct __IncompleteArrayField<T>(PhantomData<T>, [T; 0]);
        #[repr(transparent)] pub struct Kind(pub ::core::ffi::c_uint);
        #[repr(C)] pub struct Worker { pub type_: Kind, pub arg: usize }
        pub union Worker__bindgen_ty_1 { pub a: u8 }
        pub const BGW_NEVER_RESTART: ::core::ffi::c_int = -1;
        pub const PG_MAJORVERSION: &::core::ffi::CStr = c"18";
        const _: () = {
            ["Size of Worker"][::core::mem::size_of::<Worker>() - 16usize];
            ["Alignment of Worker"][::core::mem::align_of::<Worker>() - 8usize];
            ["Offset of field: Worker::arg"][::core::mem::offset_of!(Worker, arg) - 8usize];
        };
        impl Kind { pub const FIRST: Kind = Kind(0); }
        unsafe extern "C-unwind" { pub fn start(worker: *mut Worker); }
        unsafe extern "C" { pub static mut current: *mut Worker; pub static names: [u8; 0usize]; }
    "#;

    #[test]
    fn everything_is_found() {
        let found = Declarations::parse(BINDINGS).unwrap();
        assert_eq!(
            found.types.iter().collect::<Vec<_>>(),
            ["Kind", "Oid", "Worker"]
        );
        assert_eq!(found.aliases.len(), 2);
        let pairs: Vec<_> = found
            .constants
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        assert_eq!(
            pairs,
            ["BGW_NEVER_RESTART -1", "PG_MAJORVERSION \"18\"", "FIRST 0"]
        );
        let [layout] = &found.layouts[..] else {
            panic!("one layout")
        };
        assert_eq!(
            (&*layout.name, &*layout.size, &*layout.align),
            ("Worker", "16", "8")
        );
        assert_eq!(layout.fields, [("arg".to_owned(), "8".to_owned())]);
        assert_eq!(found.functions, ["start"]);
        assert_eq!(
            found
                .globals
                .iter()
                .map(|global| global.2)
                .collect::<Vec<_>>(),
            [false, true]
        );
    }
}
