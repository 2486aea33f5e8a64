//! Splits a line into words as a shell does, because `pg_config` prints flags that are quoted for a
//! shell.

/// Returns the words of a line. Quotes and backslashes have their meaning in a POSIX shell. Nothing
/// is expanded.
pub fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(String::new);
        match letter {
            '\'' => word.extend(letters.by_ref().take_while(|letter| *letter != '\'')),
            '"' => double_quoted(&mut letters, word),
            '\\' => word.extend(letters.next()),
            _ => word.push(letter),
        }
    }
    words.extend(word);
    words
}

/// Inside double quotes a backslash quotes four characters only.
fn double_quoted(letters: &mut impl Iterator<Item = char>, word: &mut String) {
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return,
            '\\' => match letters.next() {
                Some(quoted @ ('"' | '\\' | '$' | '`')) => word.push(quoted),
                other => {
                    word.push('\\');
                    word.extend(other);
                }
            },
            _ => word.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        assert_eq!(split(""), Vec::<String>::new());
        assert_eq!(split("  -Wall\t-O2 \n"), ["-Wall", "-O2"]);
        assert_eq!(
            split(r#"-I"/a b" -I'/c d' -I/e\ f -D'X="1"'"#),
            ["-I/a b", "-I/c d", "-I/e f", "-DX=\"1\""]
        );
        assert_eq!(split(r#""" '' "\"\n\$""#), ["", "", "\"\\n$"]);
        // An unterminated quote is accepted.
        assert_eq!(split("'a b"), ["a b"]);
        assert_eq!(split("\\"), [""]);
    }
}
