//! Finds the headers' side of a difference to the contract. The compiler writes numbers into
//! assembly and types into its error messages. No program is run.

use crate::headers::{self, Headers};
use crate::vars;
use std::collections::BTreeMap;

/// A statement of the contract: `PGBGW_KIND(NAME, …);`.
struct Statement<'a> {
    kind: &'a str,
    name: &'a str,
    field: &'a str,
}

/// Adds the headers' values to the compiler's errors, if they can be determined.
pub fn explain(headers: &Headers, contract: &str, errors: &mut [String]) {
    let statements: BTreeMap<String, Statement> = contract
        .lines()
        .filter_map(|line| {
            let statement = statement(line)?;
            Some((statement.subject(), statement))
        })
        .collect();
    let failed: Vec<(&mut String, &Statement)> = errors
        .iter_mut()
        .filter_map(|line| {
            let statement = statements.get(subject(line)?)?;
            Some((line, statement))
        })
        .collect();
    let (numbers, types) = (
        numbers(headers, &failed).unwrap_or_default(),
        types(headers, &failed).unwrap_or_default(),
    );
    for (at, (line, statement)) in failed.into_iter().enumerate() {
        let number = |which| numbers.get(&(at, which));
        let message = message(line).unwrap_or(line).to_owned();
        *line = match statement.theirs(number(0), number(1), types.get(&at)) {
            Some(theirs) => format!("{message}; the headers have {theirs}"),
            None => message,
        };
    }
}

/// Returns the contract's message in the error of gcc or clang.
fn message(error: &str) -> Option<&str> {
    let failed = ["static assertion failed", "static_assert failed"];
    let (_, message) = failed.iter().find_map(|words| error.split_once(words))?;
    Some(message.trim_matches([':', ' ', '"']))
}

/// Returns the item of an error: the word before "is not".
fn subject(error: &str) -> Option<&str> {
    let (before, _) = message(error)?.rsplit_once(" is not ")?;
    before.rsplit(['"', ' ']).next()
}

fn statement(line: &str) -> Option<Statement<'_>> {
    let (kind, rest) = line.strip_prefix("PGBGW_")?.split_once('(')?;
    let mut words = rest.split([',', ')']).map(str::trim);
    Some(Statement {
        kind,
        name: words.next()?,
        field: words.next().unwrap_or_default(),
    })
}

/// Returns the name in a statement about a constant.
pub fn constant(line: &str) -> Option<&str> {
    let Statement { kind, name, .. } = statement(line)?;
    ["CONSTANT", "STRING"].contains(&kind).then_some(name)
}

impl Statement<'_> {
    fn is_field(&self) -> bool {
        ["FIELD", "WIDTH", "OFFSET"].contains(&self.kind)
    }

    /// Returns the name in the contract's messages.
    fn subject(&self) -> String {
        match self.is_field() {
            true => format!("{}.{}", self.name, self.field),
            false => self.name.to_owned(),
        }
    }

    /// Returns the numeric expressions of an item.
    fn values(&self) -> [String; 2] {
        let Statement { name, field, .. } = self;
        let of_field = |what: &str| format!("{what}((({name} *) 0)->{field})");
        let (first, second) = match self.kind {
            "TYPE" => (format!("sizeof({name})"), format!("_Alignof({name})")),
            "INTEGER" => (format!("sizeof({name})"), format!("(({name}) -1 < 0)")),
            "CONSTANT" => (format!("({name})"), String::new()),
            _ if self.is_field() => {
                // An array without a length, as some types end with, has no size.
                let size = match self.kind {
                    "WIDTH" => of_field("sizeof"),
                    _ => String::new(),
                };
                (format!("__builtin_offsetof({name}, {field})"), size)
            }
            _ => Default::default(),
        };
        [first, second]
    }

    /// Returns the type expression of an item.
    fn typed(&self) -> Option<String> {
        let Statement { name, field, .. } = self;
        match self.kind {
            "FIELD" => Some(format!("__typeof__((({name} *) 0)->{field})")),
            "GLOBAL" => Some(format!("__typeof__({name})")),
            "ALIAS" => Some(format!("__typeof__({name})")),
            _ => None,
        }
    }

    fn theirs(
        &self,
        first: Option<&String>,
        second: Option<&String>,
        of_type: Option<&String>,
    ) -> Option<String> {
        Some(match self.kind {
            "TYPE" => format!("size {}, aligned to {}", first?, second?),
            "INTEGER" if second? == "0" => format!("{} bytes without a sign", first?),
            "INTEGER" => format!("{} bytes with a sign", first?),
            "CONSTANT" => first?.clone(),
            "FIELD" => format!("{} at {}", of_type?, first?),
            "WIDTH" => format!("{} bytes at {}", second?, first?),
            "OFFSET" => format!("it at {}", first?),
            _ => of_type?.clone(),
        })
    }
}

/// Returns the constants, which are strings in the assembly, by statement and position.
fn numbers(
    headers: &Headers,
    failed: &[(&mut String, &Statement)],
) -> Option<BTreeMap<(usize, usize), String>> {
    let mut body = String::new();
    for (at, (_, statement)) in failed.iter().enumerate() {
        let values = statement.values();
        for (which, value) in values.iter().enumerate().filter(|(_, v)| !v.is_empty()) {
            body.push_str(&format!(
                "\t__asm__ volatile(\".ascii \\\"pgbgw {at} {which} %c0 \\\"\" : : \"i\" ((long long) {value}));\n"
            ));
        }
    }
    let text = compiled(
        headers,
        "numbers.c",
        &format!("void pgbgw_numbers(void)\n{{\n{body}}}\n"),
        &["-S", "-O0", "-o", "-"],
    )?;
    let mut found = BTreeMap::new();
    for part in text.split("pgbgw ").skip(1) {
        let mut words = part.split(' ');
        let key = (words.next()?.parse().ok(), words.next()?.parse().ok());
        if let (Some(at), Some(which)) = key {
            found.insert((at, which), words.next()?.to_owned());
        }
    }
    Some(found)
}

/// Returns the types, which are in the compiler's errors about a pointer to another type, by
/// statement.
fn types(
    headers: &Headers,
    failed: &[(&mut String, &Statement)],
) -> Option<BTreeMap<usize, String>> {
    let mut source = String::new();
    for (at, (_, statement)) in failed.iter().enumerate() {
        if let Some(typed) = statement.typed() {
            source.push_str(&format!(
                "#line {} \"pgbgw\"\nstruct pgbgw_nothing *pgbgw_{at} = ({typed} *) 0;\n",
                at + 1
            ));
        }
    }
    let text = compiled(headers, "types.c", &source, &["-fsyntax-only"])?;
    let complaint = |line: &str| {
        let (number, rest) = line.strip_prefix("pgbgw:")?.split_once(':')?;
        let mut words = [
            "from incompatible pointer type '",
            "with an expression of type '",
        ]
        .into_iter();
        let (_, pointer) = words.find_map(|words| rest.split_once(words))?;
        let (pointer, _) = pointer.split_once('\'')?;
        let line: usize = number.parse().ok()?;
        Some((line.checked_sub(1)?, pointed_to(pointer)))
    };
    Some(text.lines().filter_map(complaint).collect())
}

/// `int *` points to `int`, `char (*)[96]` to `char [96]`, `void (**)(int)` to `void (*)(int)`.
fn pointed_to(pointer: &str) -> String {
    if pointer.contains("(*)") {
        return pointer.replacen("(*)", "", 1);
    }
    if pointer.contains("(**)") {
        return pointer.replacen("(**)", "(*)", 1);
    }
    let pointer = pointer.strip_suffix('*').unwrap_or(pointer);
    pointer.trim_end().to_owned()
}

/// Returns the compiler's standard output and standard error.
fn compiled(headers: &Headers, name: &str, source: &str, words: &[&str]) -> Option<String> {
    let file = vars::out_dir().join(name);
    headers::write(&file, &format!("#include \"wrapper.h\"\n{source}")).ok()?;
    // Without this, warnings are disabled.
    let compiler = headers.cc().warnings(true).try_get_compiler().ok()?;
    let mut command = compiler.to_command();
    command.env("LC_ALL", "C").args(words).arg(&file);
    let output = command.output().ok()?;
    let texts = [output.stdout, output.stderr];
    Some(
        texts
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .concat(),
    )
}
