//! `FromRow`.

use crate::attributes;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Field, Index, Lifetime, Result, parse_quote};

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "`FromRow` can be derived for structs only",
        ));
    };
    let fields: Vec<&Field> = data.fields.iter().collect();
    if fields.is_empty() {
        return Err(Error::new_spanned(
            &input.ident,
            "a row is read as a struct with at least one field",
        ));
    }
    let row = row_lifetime(&input)?;
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let places = fields
        .iter()
        .enumerate()
        .map(|(number, field)| place(number, field))
        .collect::<Result<Vec<_>>>()?;
    let members = data.fields.members();
    let numbers = (0..fields.len()).map(Index::from);

    let ident = &input.ident;
    let mut generics = input.generics.clone();
    for parameter in input.generics.type_params() {
        let name = &parameter.ident;
        let bound = parse_quote!(#name: ::postgres_bgworker::sql::FromDatum<#row>);
        generics.make_where_clause().predicates.push(bound);
    }
    let (_, of_type, bounds) = generics.split_for_impl();
    let mut with_row = input.generics.clone();
    if with_row.lifetimes().next().is_none() {
        with_row.params.insert(0, parse_quote!(#row));
    }
    let (parameters, _, _) = with_row.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #parameters ::postgres_bgworker::sql::FromRow<#row> for #ident #of_type #bounds {
            type Columns = (#(::postgres_bgworker::sql::Column<#row, #types>,)*);

            fn columns(
                columns: &::postgres_bgworker::sql::Columns<#row>,
            ) -> ::postgres_bgworker::Result<Self::Columns> {
                ::core::result::Result::Ok((#(columns.find(#places)?,)*))
            }

            fn from_row(
                row: &::postgres_bgworker::sql::Row<#row>,
                columns: &Self::Columns,
            ) -> ::postgres_bgworker::Result<Self> {
                ::core::result::Result::Ok(Self { #(#members: row.at(columns.#numbers)?,)* })
            }
        }
    })
}

/// The lifetime of the result: the struct's own, or a new one.
fn row_lifetime(input: &DeriveInput) -> Result<Lifetime> {
    let mut lifetimes = input.generics.lifetimes();
    match (lifetimes.next(), lifetimes.next()) {
        (None, _) => Ok(parse_quote!('__row)),
        (Some(own), None) => Ok(own.lifetime.clone()),
        (_, Some(second)) => Err(Error::new_spanned(
            second,
            "a row has one lifetime, that of its result",
        )),
    }
}

/// A column's name, or its number.
fn place(number: usize, field: &Field) -> Result<TokenStream> {
    if let Some(name) = attributes::text(&field.attrs, "rename")? {
        return Ok(quote!(#name));
    }
    Ok(match &field.ident {
        Some(ident) => {
            // `r#type` is the column `type`.
            let name = format_ident!("{ident}").to_string();
            let name = name.strip_prefix("r#").unwrap_or(&name);
            quote!(#name)
        }
        None => quote!(#number),
    })
}
