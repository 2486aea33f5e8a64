//! `SqlNewtype`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Result};

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let wrong = || {
        Error::new_spanned(
            ident,
            "`SqlNewtype` can be derived for structs with one field only",
        )
    };
    let Data::Struct(data) = &input.data else {
        return Err(wrong());
    };
    let mut fields = data.fields.iter().zip(data.fields.members());
    let (Some((field, member)), None) = (fields.next(), fields.next()) else {
        return Err(wrong());
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "a newtype that is a SQL type has no parameters",
        ));
    }
    let inner = &field.ty;
    Ok(quote! {
        #[automatically_derived]
        impl ::postgres_bgworker::sql::ToSql for #ident {
            type Sql<'a> = &'a #inner;

            fn to_sql(&self) -> ::postgres_bgworker::Result<&#inner> {
                ::core::result::Result::Ok(&self.#member)
            }
        }

        #[automatically_derived]
        impl ::postgres_bgworker::sql::FromSql for #ident {
            type Sql<'r> = #inner;

            fn from_sql(value: #inner) -> ::postgres_bgworker::Result<Self> {
                ::core::result::Result::Ok(Self { #member: value })
            }
        }
    })
}
