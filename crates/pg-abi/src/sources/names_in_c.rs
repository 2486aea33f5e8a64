//! What a name is in C. The compiler is asked by lines that it accepts only for one kind of name.

use super::members::Members;
use crate::contract::Compiler;
use crate::facts::{Key, Kind};
use pg_scratch::Result;
use std::collections::BTreeMap;

/// A test of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// It is a type.
    Type,
    /// It is a type of integers.
    Arithmetic,
    /// It is a function.
    Function,
    /// It is a function or a variable, or a text.
    Address,
    /// Its size is known.
    Sized,
    /// It is a field with an offset.
    Place,
    /// It is an integer constant.
    Integer,
    /// It is a text constant.
    Text,
    /// It is a static function or variable. The question has a run of its own, because it declares
    /// the name.
    Static,
}

const TESTS: [Test; 8] = [
    Test::Type,
    Test::Arithmetic,
    Test::Function,
    Test::Address,
    Test::Sized,
    Test::Place,
    Test::Integer,
    Test::Text,
];

impl Test {
    /// Returns a line that the compiler accepts if the test holds for a name. Each is in a function
    /// of its own, because an undeclared name is reported once in each.
    fn line(self, name: &str, number: usize) -> String {
        let test = match self {
            Self::Type => format!("static char own[sizeof({name} *)];"),
            Self::Arithmetic => format!("enum {{ own = (({name}) 1) % 1 }};"),
            // Only a function and its address are the same.
            Self::Function => format!(
                "_Static_assert(__builtin_types_compatible_p(__typeof__(&({name})), \
                 __typeof__(0, ({name}))), \"\");"
            ),
            Self::Address => format!("static void *const own = (void *) &({name});"),
            Self::Sized => format!("static char own[sizeof({name})];"),
            Self::Place => {
                let (of, field) = name
                    .strip_prefix("((")
                    .and_then(|rest| rest.split_once(" *) 0)->"))
                    .unwrap_or((name, ""));
                format!("static char own[1 + __builtin_offsetof({of}, {field})];")
            }
            // Neither a pointer nor a number with a fraction has a remainder.
            Self::Integer => format!("enum {{ own = (({name}) % 1) != 0 }};"),
            Self::Text => format!("static const char own[] = \"\" {name} \"\";"),
            Self::Static => return format!("static __typeof__({name}) {name};"),
        };
        format!("void pgbgw_own_{number}(void) {{ {test} }}")
    }
}

/// Returns the expression for a field.
pub(crate) fn field(key: &Key) -> String {
    format!("(({} *) 0)->{}", key.owner(), key.member())
}

/// The tests that hold, by name.
pub(crate) struct Tested(BTreeMap<String, Vec<Test>>);

impl Tested {
    pub(crate) fn new<'a>(
        names: impl IntoIterator<Item = &'a str>,
        compiler: &Compiler,
    ) -> Result<Self> {
        let mut tested = Self(BTreeMap::new());
        let asked = names
            .into_iter()
            .flat_map(|name| TESTS.map(|test| (name.to_owned(), test)));
        tested.ask(asked.collect(), compiler)?;
        let outside = tested.0.keys().filter(|name| {
            let is = |test| tested.is(name, test);
            is(Test::Function) || (is(Test::Address) && !is(Test::Text) && !name.starts_with('('))
        });
        let outside = outside.map(|name| (name.clone(), Test::Static)).collect();
        tested.ask(outside, compiler)?;
        Ok(tested)
    }

    fn ask(&mut self, asked: Vec<(String, Test)>, compiler: &Compiler) -> Result<()> {
        let lines = asked.iter().enumerate();
        let lines: Vec<String> = lines
            .map(|(number, (name, test))| test.line(name, number))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let refused = compiler.refused("", &lines)?;
        for (number, (name, test)) in asked.into_iter().enumerate() {
            let tests = self.0.entry(name).or_default();
            if !refused.contains_key(&number) {
                tests.push(test);
            }
        }
        Ok(())
    }

    pub(crate) fn is(&self, name: &str, test: Test) -> bool {
        self.0.get(name).is_some_and(|tests| tests.contains(&test))
    }

    /// Returns the kind of a name; `None` if the headers do not declare it.
    pub(crate) fn kind(&self, name: &str, members: &Members) -> Option<Kind> {
        let is = |test| self.is(name, test);
        if is(Test::Type) {
            return Some(match members.get(name) {
                Some(definition) if definition.is_enum => Kind::Enum,
                Some(_) => Kind::Type,
                None if is(Test::Arithmetic) => Kind::Integer,
                None => Kind::Alias,
            });
        }
        if is(Test::Function) {
            return Some(Kind::Function);
        }
        if is(Test::Text) {
            return Some(Kind::Constant);
        }
        if is(Test::Address) {
            return Some(Kind::Global);
        }
        let mut definitions = members.values();
        let is_enumerator =
            definitions.any(|it| it.is_enum && it.names.iter().any(|one| one == name));
        match is(Test::Integer) {
            true if is_enumerator => Some(Kind::Enumerator),
            true => Some(Kind::Constant),
            false => None,
        }
    }

    /// Returns what the program exports under this name, as far as the headers tell.
    pub(crate) fn exported(&self, name: &str) -> Option<&'static str> {
        let is = |test| self.is(name, test);
        match () {
            () if is(Test::Static) => None,
            () if is(Test::Function) => Some("function"),
            () if is(Test::Address) && is(Test::Sized) => Some("data of 0 bytes"),
            () if is(Test::Address) => Some("data"),
            () => None,
        }
    }
}
