//! The committed bindings are those of x86-64. A table beside them has what differs on other
//! processors, and the build script of the raw crate reads it, too.

use pg_scratch::{Error, Result};
use std::path::Path;

/// Reads a committed file for the processor of a target.
pub(crate) fn of_target(file: &Path, target: &str) -> Result<String> {
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e));
    let table = read(&file.with_file_name("processors.tsv"))?;
    let processor = target.split('-').next().unwrap_or_default();
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    Ok(adapted(&read(file)?, &table, processor, &stem))
}

fn adapted(bindings: &str, table: &str, processor: &str, stem: &str) -> String {
    let rows = table.lines().filter_map(|line| {
        let row: Vec<String> = line.split('\t').map(|it| it.replace("\\n", "\n")).collect();
        match row.as_slice() {
            [of, kind, others, committed, there] if of == processor && kind == "rs" => {
                let is_other = others.split(' ').any(|name| name == stem);
                (!is_other).then(|| (committed.clone(), there.clone()))
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
        let table = "# processor\naarch64\trs\tpg94\tA {\\n1\tB {\\n2\n\
                     aarch64\tc\t-\tZ\tY\nriscv64\trs\t-\tZ\tX\n";
        assert_eq!(adapted("A {\n1 Z", table, "aarch64", "pg18"), "B {\n2 Z");
        assert_eq!(adapted("A {\n1 Z", table, "aarch64", "pg94"), "A {\n1 Z");
        assert_eq!(adapted("A {\n1 Z", table, "x86_64", "pg18"), "A {\n1 Z");
    }
}
