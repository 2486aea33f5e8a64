//! Messages in Rust: `Error::new` with its method calls, and log lines.

use super::message::Message;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprCall, ExprMethodCall, ItemFn, ItemMod, Lit, Macro, Token};

/// # Errors
/// Returns an error if the text is not valid Rust.
pub(super) fn messages(text: &str) -> syn::Result<Vec<Message>> {
    let file = syn::parse_file(text)?;
    let mut reader = Reader::default();
    reader.visit_file(&file);
    Ok(reader.messages)
}

#[derive(Default)]
struct Reader {
    messages: Vec<Message>,
}

impl<'a> Visit<'a> for Reader {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        // Errors of the commands and of build scripts have no kind.
        if let ("Error::new" | "Report::new", [message]) =
            (path(&call.func).as_str(), arguments.as_slice())
        {
            if let Some(text) = text(message) {
                self.messages.push(Message {
                    kind: "error".to_owned(),
                    text,
                    ..Message::default()
                });
            }
        }
        if let ("Error::new" | "Report::new", [kind, message]) =
            (path(&call.func).as_str(), arguments.as_slice())
        {
            if let Some(text) = text(message) {
                let kind = path(kind);
                self.messages.push(Message {
                    kind: kind.rsplit("::").next().unwrap_or_default().to_owned(),
                    text,
                    ..Message::default()
                });
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        // The receiver first: the call belongs to the message in it.
        visit::visit_expr_method_call(self, call);
        let Some(argument) = call.args.first().and_then(text) else {
            return;
        };
        let level = match call.method.to_string().as_str() {
            "with_detail" | "detail" | "note" => {
                return self.last(|message| message.detail.push(argument));
            }
            "with_hint" | "hint" | "help" => {
                return self.last(|message| message.hint.push(argument));
            }
            "log" => "LOG",
            "warning" => "WARNING",
            "debug" => "DEBUG1",
            _ => return,
        };
        self.messages.push(Message {
            kind: level.to_owned(),
            text: argument,
            ..Message::default()
        });
    }
}

impl Reader {
    fn last(&mut self, change: impl FnOnce(&mut Message)) {
        if let Some(message) = self.messages.last_mut() {
            change(message);
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let mut test = attribute.path().is_ident("test");
        if attribute.path().is_ident("cfg") {
            // Only `cfg(test)` is recognized as a test.
            let _ = attribute.parse_nested_meta(|meta| {
                test |= meta.path.is_ident("test");
                Ok(())
            });
        }
        test
    })
}

fn path(expression: &Expr) -> String {
    let Expr::Path(path) = expression else {
        return String::new();
    };
    let segments = path.path.segments.iter();
    let names: Vec<String> = segments.map(|segment| segment.ident.to_string()).collect();
    names.join("::")
}

/// Returns the text of a literal, or of `format!`.
fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Macro(call) if call.mac.path.is_ident("format") => first_literal(&call.mac),
        Expr::Reference(reference) => text(&reference.expr),
        Expr::MethodCall(call) if call.method == "to_string" => text(&call.receiver),
        _ => None,
    }
}

fn first_literal(call: &Macro) -> Option<String> {
    let arguments = call
        .parse_body_with(syn::punctuated::Punctuated::<Expr, Token![,]>::parse_terminated)
        .ok()?;
    text(arguments.first()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_message_belongs_to_it() {
        let text = r#"
            fn f(w: &W) -> Error {
                w.warning("a line");
                Error::new(ErrorKind::Invalid, format!("no {x}"))
                    .with_detail("It is missing.")
                    .with_hint(format!("Add {}.", y))
            }
            #[cfg(test)]
            mod tests {
                fn g() -> Error { Error::new(ErrorKind::Other, "not shown") }
            }
        "#;
        let found = messages(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].kind.as_str(), found[0].text.as_str()),
            ("WARNING", "a line")
        );
        assert_eq!(found[1].text, "no {x}");
        assert_eq!(found[1].kind, "Invalid");
        assert_eq!(found[1].detail, ["It is missing."]);
        assert_eq!(found[1].hint, ["Add {}."]);
    }
}
