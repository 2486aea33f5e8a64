//! The tables of a directory: each file whose name ends in `.rows`.

use crate::failed;
use other_fdw::{Error, ImportedTable, Result, errcodes};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

pub(crate) fn tables(directory: &Path, schema: &str) -> Result<Vec<ImportedTable>> {
    if schema != "files" {
        return Err(Error::new(
            errcodes::ERRCODE_FDW_SCHEMA_NOT_FOUND,
            format_args!("there is no schema \"{schema}\""),
        )
        .with_hint("The only schema of a directory is \"files\"."));
    }
    let entries = fs::read_dir(directory).map_err(|error| failed(directory, &error))?;
    let mut tables = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(directory, &error))?.path();
        let file = path.file_name().and_then(|name| name.to_str());
        let name = file.and_then(|file| file.strip_suffix(".rows"));
        if let (Some(file), Some(name)) = (file, name) {
            tables.push(ImportedTable {
                name: name.to_string(),
                columns: columns(&path)?,
                options: vec![("file".to_string(), file.to_string())],
            });
        }
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

fn columns(path: &Path) -> Result<Vec<(String, String)>> {
    let mut line = String::new();
    File::open(path)
        .and_then(|file| BufReader::new(file).read_line(&mut line))
        .map_err(|error| failed(path, &error))?;
    let column = |text: &str| {
        let pair = text.split_once(' ');
        pair.map(|(name, kind)| (name.to_string(), kind.to_string()))
            .ok_or_else(|| {
                Error::new(
                    errcodes::ERRCODE_BAD_COPY_FILE_FORMAT,
                    format_args!("\"{text}\" is not a name and a type"),
                )
                .in_context(format_args!("line 1 of file \"{}\"", path.display()))
            })
    };
    line.trim_end_matches('\n')
        .split('\t')
        .map(column)
        .collect()
}
