//! The committed bindings are those of x86-64. A table beside them has what differs on other
//! processors, and the build script of the raw crate reads it, too.

use std::path::Path;

/// Returns committed bindings for the processor of a target. `directory` contains them.
pub(crate) fn adapt(bindings: &str, directory: &Path, target: &str) -> String {
    let table = std::fs::read_to_string(directory.join("processors.tsv")).unwrap_or_default();
    let processor = target.split('-').next().unwrap_or_default();
    adapted(bindings, &table, processor)
}

fn adapted(bindings: &str, table: &str, processor: &str) -> String {
    let rows = table.lines().filter_map(|line| {
        let row: Vec<String> = line.split('\t').map(|it| it.replace("\\n", "\n")).collect();
        match row.as_slice() {
            [of, kind, committed, there] if of == processor && kind == "rs" => {
                Some((committed.clone(), there.clone()))
            }
            _ => None,
        }
    });
    rows.fold(bindings.to_owned(), |text, (committed, there)| {
        text.replace(&committed, &there)
    })
}

#[cfg(test)]
mod tests {
    use super::adapted;

    #[test]
    fn rows_of_the_processor_and_of_bindings_apply() {
        let table =
            "# processor\naarch64\trs\tA {\\n1\tB {\\n2\naarch64\tc\tZ\tY\nriscv64\trs\tZ\tX\n";
        assert_eq!(adapted("A {\n1 Z", table, "aarch64"), "B {\n2 Z");
        assert_eq!(adapted("A {\n1 Z", table, "x86_64"), "A {\n1 Z");
    }
}
