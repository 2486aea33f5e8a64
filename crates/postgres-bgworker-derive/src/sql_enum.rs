//! `SqlEnum`.

use crate::attributes;
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeMap;
use syn::{Data, DeriveInput, Error, Fields, LitStr, Result, Variant};

pub(crate) fn expand(input: DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(
            ident,
            "`SqlEnum` can be derived for enums only",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "an enum that is a SQL type has no parameters",
        ));
    }
    if data.variants.is_empty() {
        return Err(Error::new_spanned(
            ident,
            "an enum without variants has no values",
        ));
    }
    let name = attributes::text(&input.attrs, "name")?.ok_or_else(|| {
        Error::new_spanned(
            ident,
            "the SQL type is missing: add `#[sql(name = \"schema.type\")]`",
        )
    })?;
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let labels = data
        .variants
        .iter()
        .map(label)
        .collect::<Result<Vec<LitStr>>>()?;
    let mut seen = BTreeMap::new();
    for label in &labels {
        if seen.insert(label.value(), ()).is_some() {
            return Err(Error::new_spanned(label, "another variant has this label"));
        }
    }
    Ok(quote! {
        #[automatically_derived]
        impl ::postgres_bgworker::sql::NamedType for #ident {
            const NAME: &'static str = #name;
        }

        #[automatically_derived]
        impl ::postgres_bgworker::sql::ToSql for #ident {
            type Sql<'a> = ::postgres_bgworker::sql::AsText<'a, #ident>;

            fn to_sql(&self) -> ::postgres_bgworker::Result<Self::Sql<'_>> {
                ::core::result::Result::Ok(::postgres_bgworker::sql::AsText::new(match self {
                    #(Self::#variants => #labels,)*
                }))
            }
        }

        #[automatically_derived]
        impl ::postgres_bgworker::sql::FromSql for #ident {
            type Sql<'r> = ::postgres_bgworker::sql::AsText<'r, #ident>;

            fn from_sql(text: Self::Sql<'_>) -> ::postgres_bgworker::Result<Self> {
                match text.as_str() {
                    #(#labels => ::core::result::Result::Ok(Self::#variants),)*
                    _ => ::core::result::Result::Err(text.unknown()),
                }
            }
        }
    })
}

fn label(variant: &Variant) -> Result<LitStr> {
    if !matches!(variant.fields, Fields::Unit) {
        return Err(Error::new_spanned(
            variant,
            "a value of a SQL enum has no fields",
        ));
    }
    if let Some(label) = attributes::text(&variant.attrs, "rename")? {
        return Ok(label);
    }
    Ok(LitStr::new(
        &snake_case(&variant.ident.to_string()),
        variant.ident.span(),
    ))
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_in_snake_case() {
        for (name, label) in [("Sad", "sad"), ("VeryGood", "very_good"), ("A1", "a1")] {
            assert_eq!(snake_case(name), label);
        }
    }
}
