//! The derive macros of `postgres-bgworker`. Its feature `derive` exports them from
//! `postgres_bgworker::sql`; their documentation is there.

#![forbid(unsafe_code)]

mod attributes;
mod from_row;
mod sql_enum;
mod sql_newtype;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Reads a row as a struct: each field from the column of its name, or each field of a tuple struct
/// from the column of its number.
///
/// ```
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::sql::FromRow;
///
/// #[derive(FromRow)]
/// struct Job<'r> {
///     id: i64,
///     #[sql(rename = "comment")]
///     note: Option<&'r str>,
/// }
///
/// # fn example(tx: &Transaction<'_>) -> Result<()> {
/// let rows = tx.query("select id, comment from app.jobs", ())?;
/// for job in rows.typed::<Job>()? {
///     let job = job?;
///     tx.log(format!("{}: {:?}", job.id, job.note));
/// }
/// # Ok(()) }
/// ```
///
/// The columns are found once for a result. A missing column, and one whose type cannot be read as
/// the type of its field, is an error before the first row is read. A struct may have one lifetime,
/// which is that of the result.
#[proc_macro_derive(FromRow, attributes(sql))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    expand(parse_macro_input!(input), from_row::expand)
}

/// Passes and reads an enum as a PostgreSQL enum, or as another type whose values are these texts.
///
/// ```
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::sql::SqlEnum;
///
/// // create type app.mood as enum ('sad', 'ok', 'very_good');
/// #[derive(Debug, Clone, Copy, SqlEnum)]
/// #[sql(name = "app.mood")]
/// enum Mood {
///     Sad,
///     #[sql(rename = "ok")]
///     Fine,
///     VeryGood,
/// }
///
/// # fn example(tx: &Transaction<'_>) -> Result<()> {
/// tx.execute("update app.people set mood = $1 where id = $2", (Mood::Fine, 7))?;
/// let mood: Mood = tx.query_scalar("select mood from app.people where id = $1", [7])?;
/// # Ok(()) }
/// ```
///
/// `name` is the type's name with its schema. The label of a variant is its name in snake case,
/// unless `rename` gives another one. A label that the enum does not have is an error of kind
/// `Invalid` when it is read.
#[proc_macro_derive(SqlEnum, attributes(sql))]
pub fn derive_sql_enum(input: TokenStream) -> TokenStream {
    expand(parse_macro_input!(input), sql_enum::expand)
}

/// Passes and reads a struct of one field as that field, whose type is one of the types of
/// `postgres_bgworker::sql::SqlType`.
///
/// ```
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::sql::SqlNewtype;
///
/// #[derive(Debug, Clone, Copy, PartialEq, SqlNewtype)]
/// struct JobId(i64);
///
/// # fn example(tx: &Transaction<'_>) -> Result<()> {
/// let next: Option<JobId> = tx.query_scalar("select min(id) from app.jobs", ())?;
/// tx.execute("delete from app.jobs where id = $1", [next])?;
/// # Ok(()) }
/// ```
#[proc_macro_derive(SqlNewtype)]
pub fn derive_sql_newtype(input: TokenStream) -> TokenStream {
    expand(parse_macro_input!(input), sql_newtype::expand)
}

fn expand(
    input: DeriveInput,
    derive: fn(DeriveInput) -> syn::Result<proc_macro2::TokenStream>,
) -> TokenStream {
    derive(input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
