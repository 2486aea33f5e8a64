//! The facts of a file of bindings, as lines of C.

use super::compiler::Compiler;
use super::ctype::{declare, is_integer};
use super::declarations::{Declarations, Layout};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// One fact, in one or more forms, the strictest first: bindgen loses a `volatile`, and Rust does not
/// say `struct`, so what can be said exactly is found out by trying.
pub(super) struct Statement {
    about: String,
    forms: Vec<String>,
}

impl Statement {
    fn new(about: &str, forms: impl Into<Vec<String>>) -> Self {
        Self { about: about.to_owned(), forms: forms.into() }
    }

    /// For each statement the first of its forms that compiles: one run of the compiler for all.
    pub(super) fn choose(all: &[Self], vocabulary: &str, compiler: &Compiler) -> Result<Vec<String>> {
        let lines: Vec<&str> = all.iter().flat_map(|one| &one.forms).map(String::as_str).collect();
        let refused = compiler.refused(vocabulary, &lines)?;
        let mut chosen = Vec::with_capacity(all.len());
        let mut next = 0;
        for statement in all {
            let own = next..next + statement.forms.len();
            next = own.end;
            let form = own.clone().find(|line| !refused.contains_key(line)).ok_or_else(|| {
                Error::new(format!("nothing that could be said of {} is true", statement.about))
                    .note(own.clone().map(|line| refused[&line].clone()).collect::<Vec<_>>().join("\n"))
            })?;
            chosen.push(lines[form].to_owned());
        }
        Ok(chosen)
    }
}

/// How C names the types: Rust has one name space, C keeps tags apart.
pub(super) struct Spellings(BTreeMap<String, String>);

impl Spellings {
    pub(super) fn find(declarations: &Declarations, compiler: &Compiler) -> Result<Self> {
        let names = declarations.types.iter();
        let questions: Vec<Statement> = names.clone().map(|name| spellings(name)).collect();
        let lines = Statement::choose(&questions, "", compiler)?;
        // The answer stands in the comment.
        let answers = lines.iter().filter_map(|line| line.rsplit("//").next());
        Ok(Self(names.cloned().zip(answers.map(str::to_owned)).collect()))
    }

    fn of(&self, name: &str) -> String {
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
    let typedefs = typedefs.map(|name| format!("_Static_assert(sizeof({name} *) > 0, \"\"); //{name}"));
    // To name a tag declares it: it is believed where the type is complete, else it is the last resort.
    // The function keeps that declaration from the questions after it.
    let tags = ["struct", "union", "enum"];
    let tags = tags.map(|tag| format!("void pgbgw_{tag}_{name}(void) {{ (void) sizeof({tag} {name}); }} //{tag} {name}"));
    let incomplete = format!("_Static_assert(1, \"\"); //struct {name}");
    Statement::new(name, typedefs.chain(tags).chain([incomplete]).collect::<Vec<_>>())
}

/// Everything the declarations say.
pub(super) fn all(
    declarations: &Declarations,
    spellings: &Spellings,
    prototypes: &BTreeMap<String, String>,
) -> Result<Vec<Statement>> {
    let mut statements = Vec::new();
    for (name, ty) in &declarations.aliases {
        let (kind, c) = (if is_integer(ty) { "INTEGER" } else { "ALIAS" }, spellings.declare(ty, false)?);
        statements.push(Statement::new(name, [format!("PGBGW_{kind}({}, {c});", spellings.of(name))]));
    }
    for layout in &declarations.layouts {
        let (name, Layout { size, align, .. }) = (spellings.of(&layout.name), layout);
        statements.push(Statement::new(&name, [format!("PGBGW_TYPE({name}, {size}, {align});")]));
        for (field, offset) in &layout.fields {
            let ty = declarations.fields.get(&(layout.name.clone(), field.clone()));
            statements.push(self::field(&name, field, offset, ty, spellings)?);
        }
    }
    for (name, value) in &declarations.constants {
        let kind = if value.starts_with('"') { "STRING" } else { "CONSTANT" };
        statements.push(Statement::new(name, [format!("PGBGW_{kind}({name}, {value});")]));
    }
    for (name, ty, constant) in &declarations.globals {
        let c = spellings.declare(ty, *constant)?;
        statements.push(Statement::new(name, [format!("PGBGW_GLOBAL({name}, {c});")]));
    }
    for name in &declarations.functions {
        let prototype = prototypes.get(name).ok_or_else(|| {
            Error::new(format!("{name} is bound, but the C compiler lists no prototype of it"))
        })?;
        statements.push(Statement::new(name, [format!("PGBGW_FUNCTION({name}); extern {prototype};")]));
    }
    Ok(statements)
}

fn field(name: &str, field: &str, offset: &str, ty: Option<&syn::Type>, spellings: &Spellings) -> Result<Statement> {
    let about = format!("{name}.{field}");
    // `type_` is `type` in C, `vl_len_` is not.
    let stem = field.strip_suffix('_').filter(|stem| syn::parse_str::<syn::Ident>(stem).is_err());
    let field = stem.unwrap_or(field);
    let mut forms = Vec::new();
    // A type without a name is covered by the offsets around it.
    let ty = ty.map(|ty| spellings.declare(ty, false)).transpose()?.filter(|c| !c.contains("__bindgen_"));
    if let Some(c) = ty {
        forms.extend(["FIELD", "WIDTH"].map(|kind| format!("PGBGW_{kind}({name}, {field}, {offset}, {c});")));
    }
    forms.push(format!("PGBGW_OFFSET({name}, {field}, {offset});"));
    Ok(Statement::new(&about, forms))
}
