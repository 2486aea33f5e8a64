//! The facts of a bindings file, as lines of C.

use super::compiler::Compiler;
use super::ctype::{declare, is_integer};
use super::declarations::{Declarations, Layout};
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;

/// How many declarations an error names.
const MOST_ERRORS: usize = 20;

/// One fact, in one or more forms, the strictest first. bindgen drops `volatile`, and Rust does not
/// say `struct`, so the most exact form is found by trial.
pub(super) struct Statement {
    about: String,
    forms: Vec<String>,
}

impl Statement {
    fn new(about: &str, forms: impl Into<Vec<String>>) -> Self {
        Self {
            about: about.to_owned(),
            forms: forms.into(),
        }
    }

    /// Returns for each statement its first form that compiles, with one run of the compiler.
    pub(super) fn choose(
        all: &[Self],
        vocabulary: &str,
        compiler: &Compiler,
    ) -> Result<Vec<String>> {
        let lines = all.iter().flat_map(|one| &one.forms);
        let lines: Vec<&str> = lines.map(String::as_str).collect();
        let refused = compiler.refused(vocabulary, &lines)?;
        let mut next = 0;
        let mut chosen = Vec::new();
        let mut errors = Vec::new();
        for statement in all {
            let own = next..next + statement.forms.len();
            next = own.end;
            match own.clone().find(|line| !refused.contains_key(line)) {
                Some(line) => chosen.push(lines[line].to_owned()),
                None => {
                    let message = refused.get(&(own.end - 1)).map(String::as_str);
                    let message = message.unwrap_or_default();
                    errors.push(format!("{}: {message}", statement.about));
                }
            }
        }
        if errors.is_empty() {
            return Ok(chosen);
        }
        let error = Error::new("the C compiler does not agree with bindings");
        let more = errors.len().saturating_sub(MOST_ERRORS);
        let error = errors
            .into_iter()
            .take(MOST_ERRORS)
            .fold(error, Error::note);
        Err(match more {
            0 => error,
            _ => error.note(format!("and {more} more")),
        })
    }
}

/// Returns the C names of types: Rust has one name space, C has a separate one for tags.
pub(crate) struct Spellings(BTreeMap<String, String>);

impl Spellings {
    pub(crate) fn find(declarations: &Declarations, compiler: &Compiler) -> Result<Self> {
        let names = declarations.types.iter();
        let questions: Vec<Statement> = names.clone().map(|name| spellings(name)).collect();
        let lines = Statement::choose(&questions, "", compiler)?;
        // The comment contains the answer.
        let answers = lines.iter().filter_map(|line| line.rsplit("//").next());
        Ok(Self(
            names.cloned().zip(answers.map(str::to_owned)).collect(),
        ))
    }

    pub(crate) fn of(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    fn declare(&self, ty: &syn::Type, constant: bool) -> Result<String> {
        declare(ty, "", constant, &|name| self.of(name))
    }
}

fn spellings(name: &str) -> Statement {
    // bindgen's name for `bool` where it is a char.
    let typedefs = [Some(name), name.strip_suffix('_')];
    let typedefs = typedefs.into_iter().flatten();
    let typedefs =
        typedefs.map(|name| format!("_Static_assert(sizeof({name} *) > 0, \"\"); //{name}"));
    // Naming a tag declares it: it counts where the type is complete, and is the last resort
    // otherwise. The function limits the scope of that declaration.
    let tags = ["struct", "union", "enum"];
    let tags = tags.map(|tag| {
        format!("void pgbgw_{tag}_{name}(void) {{ (void) sizeof({tag} {name}); }} //{tag} {name}")
    });
    // bindgen puts the name of the type in front of one that is defined inside of it.
    let inner = name.match_indices('_').flat_map(|(at, _)| {
        let inner = &name[at + 1..];
        ["struct", "union", "enum"].map(|tag| {
            format!("void pgbgw_{tag}_{at}_{name}(void) {{ (void) sizeof({tag} {inner}); }} //{tag} {inner}")
        })
    });
    let incomplete = format!("_Static_assert(1, \"\"); //struct {name}");
    let forms = typedefs.chain(tags).chain(inner).chain([incomplete]);
    Statement::new(name, forms.collect::<Vec<_>>())
}

/// Returns a statement for each declaration.
pub(super) fn all(
    declarations: &Declarations,
    spellings: &Spellings,
    prototypes: &BTreeMap<String, String>,
) -> Result<Vec<Statement>> {
    let one = |name: &str, line: String| Statement::new(name, [line]);
    let mut all = Vec::new();
    for (name, ty) in &declarations.aliases {
        let kind = if is_integer(ty) { "INTEGER" } else { "ALIAS" };
        let (own, c) = (spellings.of(name), spellings.declare(ty, false)?);
        let mut forms = vec![format!("PGBGW_{kind}({own}, {c});")];
        // bindgen drops the attribute of a pointer to a function, which is part of its type.
        if c.contains("(*)") {
            let function = c.replacen("(*)", &format!("pgbgw_{name}"), 1);
            forms.push(format!(
                "extern {function} __attribute__((noreturn)); \
                 PGBGW_ALIAS({own}, __typeof__(&pgbgw_{name}));"
            ));
        }
        all.push(Statement::new(name, forms));
    }
    for layout in &declarations.layouts {
        add_layout(&mut all, declarations, layout, spellings)?;
    }
    for (name, value) in &declarations.constants {
        let is_text = value.starts_with('"');
        let kind = if is_text { "STRING" } else { "CONSTANT" };
        all.push(one(name, format!("PGBGW_{kind}({name}, {value});")));
    }
    for (name, ty, constant) in &declarations.globals {
        let c = spellings.declare(ty, *constant)?;
        // bindgen drops the qualifier.
        let forms = ["", "volatile "].map(|with| format!("PGBGW_GLOBAL({name}, {with}{c});"));
        all.push(Statement::new(name, forms));
    }
    for name in &declarations.functions {
        let prototype = prototypes.get(name);
        let prototype = prototype
            .ok_or_else(|| Error::new(format!("C compiler lists no prototype of {name}")))?;
        let line = format!("PGBGW_FUNCTION({name}); extern {prototype};");
        all.push(one(name, line));
    }
    Ok(all)
}

fn add_layout(
    all: &mut Vec<Statement>,
    declarations: &Declarations,
    layout: &Layout,
    spellings: &Spellings,
) -> Result<()> {
    let Layout {
        name, size, align, ..
    } = layout;
    let c = spellings.of(name);
    all.push(Statement::new(
        name,
        [format!("PGBGW_TYPE({c}, {size}, {align});")],
    ));
    // A member without a name has none in C, and its own members are at offsets of their own.
    let named = layout
        .fields
        .iter()
        .filter(|(field, _)| !field.starts_with("__bindgen_anon"));
    for (field, offset) in named {
        let about = format!("{name}.{field}");
        let ty = declarations.fields.get(&(name.clone(), field.clone()));
        let ty = ty.map(|ty| spellings.declare(ty, false)).transpose()?;
        let place = format!("{c}, {}, {offset}", in_c(field));
        let mut forms = Vec::new();
        // The adjacent offsets cover an anonymous type.
        if let Some(ty) = ty.filter(|ty| !ty.contains("__bindgen_")) {
            forms.push(format!("PGBGW_FIELD({place}, {ty});"));
            forms.push(format!("PGBGW_WIDTH({place}, {ty});"));
        }
        forms.push(format!("PGBGW_OFFSET({place});"));
        all.push(Statement::new(&about, forms));
    }
    Ok(())
}

/// Names that bindgen avoids besides the keywords: types of Rust, and words that were reserved
/// once.
const AVOIDED: [&str; 22] = [
    "alignof", "bool", "f32", "f64", "gen", "i128", "i16", "i32", "i64", "i8", "isize", "offsetof",
    "proc", "pure", "sizeof", "str", "u128", "u16", "u32", "u64", "u8", "usize",
];

/// `type_` is `type` in C; `vl_len_` is not `vl_len`.
pub(crate) fn in_c(field: &str) -> &str {
    let stem = field.strip_suffix('_');
    let is_taken =
        |stem: &&str| AVOIDED.contains(stem) || syn::parse_str::<syn::Ident>(stem).is_err();
    let keyword = stem.filter(is_taken);
    keyword.unwrap_or(field)
}
