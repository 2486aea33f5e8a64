//! The SQL declaration of a function, as a constant that is stored in the library's file.

use crate::session::parts::{Parts, ResultShape, is_strict};
use crate::sql::types::TypeName;

/// `PARALLEL` exists since 9.6.
const HAS_PARALLEL: bool = cfg!(pg_has = "named_lwlock_tranche");

/// The length of a declaration, at most.
const ROOM: usize = 8192;

/// A text that grows at compile time.
#[derive(Debug)]
pub struct Declaration {
    bytes: [u8; ROOM],
    length: usize,
    /// Where the part ends that error messages show.
    signature: usize,
}

impl Declaration {
    /// Writes the declaration.
    ///
    /// # Panics
    /// Panics if it is too long, or if the options do not match the result. In a constant, that is
    /// a compile error.
    pub const fn new(parts: Parts<'_>) -> Self {
        let empty = Declaration {
            bytes: [0; ROOM],
            length: 0,
            signature: 0,
        };
        let mut text = empty.text("create function ").function(&parts, true);
        text = text.text(" returns ").result(&parts);
        text.signature = text.length;
        text = text
            .text("\n    language c ")
            .text(parts.options.volatility);
        if is_strict(parts.arguments) {
            text = text.text(" strict");
        }
        if HAS_PARALLEL {
            text = text.text(" parallel ").text(parts.options.parallel);
        }
        if parts.options.is_definer {
            text = text.text(" security definer set search_path = pg_catalog, pg_temp");
        }
        text = text
            .text("\n    as 'MODULE_PATHNAME', '")
            .text(parts.symbol)
            .text("';\n");
        if !parts.comment.is_empty() {
            text = text
                .text("comment on function ")
                .function(&parts, false)
                .text(" is '");
            text = text.comment(parts.comment).text("';\n");
        }
        text
    }

    /// Returns the text.
    pub const fn as_str(&self) -> &str {
        let (whole, _) = self.bytes.split_at(self.length);
        text_of(whole)
    }

    /// Returns the name, the arguments and the result.
    pub const fn signature(&self) -> &str {
        let start = "create function ".len();
        let (whole, _) = self.bytes.split_at(self.signature);
        let (_, signature) = whole.split_at(start);
        text_of(signature)
    }

    const fn byte(mut self, byte: u8) -> Self {
        assert!(
            self.length < ROOM,
            "the declaration of the function is longer than 8 kB"
        );
        self.bytes[self.length] = byte;
        self.length += 1;
        self
    }

    const fn text(mut self, text: &str) -> Self {
        let mut at = 0;
        while at < text.len() {
            self = self.byte(text.as_bytes()[at]);
            at += 1;
        }
        self
    }

    /// Appends an identifier in quotes.
    const fn name(mut self, name: &str) -> Self {
        self = self.byte(b'"');
        let mut at = 0;
        while at < name.len() {
            if name.as_bytes()[at] == b'"' {
                self = self.byte(b'"');
            }
            self = self.byte(name.as_bytes()[at]);
            at += 1;
        }
        self.byte(b'"')
    }

    const fn type_name(self, name: TypeName) -> Self {
        let text = self.text(name.base);
        if name.is_array { text.text("[]") } else { text }
    }

    /// Appends the name of the function and its arguments, and the names of the arguments if they
    /// are wanted.
    const fn function(mut self, parts: &Parts<'_>, with_names: bool) -> Self {
        self = match parts.options.name {
            Some(name) => self.name(name),
            None => self.name(parts.name),
        };
        self = self.byte(b'(');
        let mut at = 0;
        while at < parts.arguments.len() {
            let (name, info, sql) = (parts.names[at], parts.arguments[at], parts.types[at]);
            if at > 0 {
                self = self.text(", ");
            }
            if with_names {
                self = self.name(name).byte(b' ');
            }
            self = match sql {
                Some(sql) => self.text(sql),
                None => self.type_name(info.type_name),
            };
            at += 1;
        }
        if with_names && !parts.result.is_set {
            if let (ResultShape::Row(types), Some(names)) =
                (parts.result.shape, parts.options.columns)
            {
                if at > 0 {
                    self = self.text(", ");
                }
                self = self.columns(names, types, "out ");
            }
        }
        self.byte(b')')
    }

    const fn result(self, parts: &Parts<'_>) -> Self {
        let (shape, is_set, options) = (parts.result.shape, parts.result.is_set, &parts.options);
        if let Some(result) = options.returns {
            return self.text(result);
        }
        match (shape, options.columns) {
            (ResultShape::Row(types), Some(names)) if is_set => {
                self.text("table (").columns(names, types, "").byte(b')')
            }
            (ResultShape::Row(_), _) if is_set => self.text("setof record"),
            (ResultShape::Row(_), _) => self.text("record"),
            (ResultShape::Type(_), Some(_)) => {
                panic!("`columns` needs a result of the type `Record` or a `Set` of tuples")
            }
            (ResultShape::Type(name), None) if is_set => self.text("setof ").type_name(name),
            (ResultShape::Type(name), None) => self.type_name(name),
        }
    }

    /// Appends columns. The names are separated by commas.
    const fn columns(mut self, names: &str, types: &[TypeName], before: &str) -> Self {
        let bytes = names.as_bytes();
        let (mut at, mut column) = (0, 0);
        loop {
            while at < bytes.len() && bytes[at] == b' ' {
                at += 1;
            }
            assert!(
                column < types.len(),
                "`columns` has more names than the row has columns"
            );
            if column > 0 {
                self = self.text(", ");
            }
            self = self.text(before).byte(b'"');
            let start = at;
            while at < bytes.len() && bytes[at] != b',' && bytes[at] != b' ' {
                assert!(bytes[at] != b'"', "a name in `columns` contains a quote");
                self = self.byte(bytes[at]);
                at += 1;
            }
            assert!(at > start, "a name in `columns` is empty");
            self = self.text("\" ").type_name(types[column]);
            column += 1;
            while at < bytes.len() && bytes[at] == b' ' {
                at += 1;
            }
            if at == bytes.len() {
                break;
            }
            assert!(bytes[at] == b',', "a name in `columns` contains a space");
            at += 1;
        }
        assert!(
            column == types.len(),
            "`columns` has fewer names than the row has columns"
        );
        self
    }

    /// Appends the lines of a comment inside quotes.
    const fn comment(mut self, lines: &[&str]) -> Self {
        let mut line = 0;
        while line < lines.len() {
            let text = lines[line].as_bytes();
            if line > 0 {
                self = self.byte(b'\n');
            }
            // The space after the slashes.
            let mut at = if !text.is_empty() && text[0] == b' ' {
                1
            } else {
                0
            };
            while at < text.len() {
                if text[at] == b'\'' {
                    self = self.byte(b'\'');
                }
                self = self.byte(text[at]);
                at += 1;
            }
            line += 1;
        }
        self
    }
}

const fn text_of(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("a declaration is made of whole texts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::parts::{ArgumentInfo, Options, ResultInfo};

    const INTEGER: TypeName = TypeName::scalar("integer");
    const TEXT: TypeName = TypeName::scalar("text");

    const fn argument(type_name: TypeName, is_nullable: bool) -> ArgumentInfo {
        ArgumentInfo {
            type_name,
            is_nullable,
        }
    }

    const PLAIN: Parts<'static> = Parts {
        name: "send",
        symbol: "bgworker_function_send",
        comment: &[],
        names: &["to"],
        arguments: &[argument(TEXT, false)],
        types: &[None],
        result: ResultInfo {
            shape: ResultShape::Type(INTEGER),
            is_set: false,
        },
        options: Options::new(),
    };

    fn without_parallel(declaration: &Declaration) -> String {
        declaration.as_str().replace(" parallel unsafe", "")
    }

    #[test]
    fn function_without_options() {
        const TEXT: &Declaration = &Declaration::new(PLAIN);
        assert_eq!(
            without_parallel(TEXT),
            "create function \"send\"(\"to\" text) returns integer\n    language c volatile strict\n    \
             as 'MODULE_PATHNAME', 'bgworker_function_send';\n"
        );
        assert_eq!(TEXT.signature(), "\"send\"(\"to\" text) returns integer");
    }

    #[test]
    fn comment_is_quoted() {
        let parts = Parts {
            comment: &[" It's", " sent."],
            ..PLAIN
        };
        let text = Declaration::new(parts);
        let comment = "comment on function \"send\"(text) is 'It''s\nsent.';\n";
        assert!(text.as_str().ends_with(comment), "{}", text.as_str());
    }

    #[test]
    fn function_that_takes_null_is_not_strict() {
        let parts = Parts {
            names: &["a", "b"],
            arguments: &[argument(TEXT.array(), true), argument(TEXT, false)],
            types: &[None, Some("app.word")],
            options: Options::new().stable().name("Send"),
            ..PLAIN
        };
        let text = Declaration::new(parts);
        assert_eq!(
            without_parallel(&text).lines().take(2).collect::<Vec<_>>(),
            [
                "create function \"Send\"(\"a\" text[], \"b\" app.word) returns integer",
                "    language c stable"
            ]
        );
    }

    #[test]
    fn rows_have_the_names_of_their_columns() {
        let rows = |is_set, columns| {
            let mut options = Options::new();
            options.columns = columns;
            let result = ResultInfo {
                shape: ResultShape::Row(&[INTEGER, TEXT]),
                is_set,
            };
            let parts = Parts {
                result,
                options,
                ..PLAIN
            };
            Declaration::new(parts).signature().to_string()
        };
        assert_eq!(
            rows(true, Some("id, word")),
            "\"send\"(\"to\" text) returns table (\"id\" integer, \"word\" text)"
        );
        assert_eq!(
            rows(false, Some("id,word")),
            "\"send\"(\"to\" text, out \"id\" integer, out \"word\" text) returns record"
        );
        assert_eq!(
            rows(true, None),
            "\"send\"(\"to\" text) returns setof record"
        );
        assert_eq!(rows(false, None), "\"send\"(\"to\" text) returns record");
    }

    #[test]
    #[should_panic(expected = "fewer names")]
    fn each_column_needs_a_name() {
        let result = ResultInfo {
            shape: ResultShape::Row(&[INTEGER, TEXT]),
            is_set: true,
        };
        let parts = Parts {
            result,
            options: Options::new().columns("id"),
            ..PLAIN
        };
        Declaration::new(parts);
    }
}
