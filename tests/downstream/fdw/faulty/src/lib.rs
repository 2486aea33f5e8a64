//! A wrapper that fails where its options say, to test what the framework does then.

#![forbid(unsafe_code)]

use other_fdw::{
    Column, Error, Estimate, ImportedTable, Insert, Object, OptionDef, Options, Result, Row, Scan,
    Table, Wrapper, errcodes,
};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

other_fdw::foreign_data_wrapper!(
    Faulty,
    handler = faulty_handler,
    validator = faulty_validator
);

/// Scans and inserts that were not dropped.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// Where and how to fail.
pub struct Faulty {
    place: String,
    how: String,
    /// The rows of a scan, which are also its values.
    rows: u64,
}

impl Faulty {
    fn read(options: &Options) -> Self {
        let text = |name| options.get(name).unwrap_or_default().to_string();
        Faulty {
            place: text("place"),
            how: text("how"),
            rows: 3,
        }
    }

    fn fail(&self, place: &str) -> Result<()> {
        if self.place != place {
            return Ok(());
        }
        match self.how.as_str() {
            "panic" => panic!("on purpose, in {place}"),
            _ => Err(Error::new(
                errcodes::ERRCODE_CARDINALITY_VIOLATION,
                format_args!("on purpose, in {place}"),
            )
            .with_detail("The detail.")
            .with_hint("The hint.")
            .with_column("a schema", "a table", "a column")
            .in_context("the context")),
        }
    }
}

const fn option(of: Object, name: &'static str) -> OptionDef {
    OptionDef {
        of,
        name,
        is_required: false,
        is_privileged: false,
        check: |value| match value {
            "check" => panic!("on purpose, in a check"),
            _ => Ok(()),
        },
    }
}

impl Wrapper for Faulty {
    const OPTIONS: &'static [OptionDef] = &[
        option(Object::Server, "place"),
        option(Object::Server, "how"),
        option(Object::Table, "place"),
        option(Object::Table, "how"),
    ];
    type Scan = Rows;
    type Insert = Rows;

    fn open(table: &Table) -> Result<Self> {
        let wrapper = Faulty::read(&table.options);
        wrapper.fail("open")?;
        Ok(wrapper)
    }

    fn estimate(&self) -> Result<Estimate> {
        self.fail("estimate")?;
        let rows = self.rows as f64;
        Ok(Estimate { rows, bytes: 0.0 })
    }

    fn explain(&self) -> Result<Vec<(&'static str, String)>> {
        self.fail("explain")?;
        Ok(vec![("Alive", ALIVE.load(Relaxed).to_string())])
    }

    fn scan(self, columns: &[Column]) -> Result<Rows> {
        self.fail("scan")?;
        Ok(Rows::new(self, columns))
    }

    fn insert(self, columns: &[Column]) -> Result<Rows> {
        self.fail("insert")?;
        Ok(Rows::new(self, columns))
    }

    fn import(server: &Options, _schema: &str) -> Result<Vec<ImportedTable>> {
        Faulty::read(server).fail("import").map(|()| Vec::new())
    }
}

/// Numbers, the same in each column.
pub struct Rows {
    wrapper: Faulty,
    columns: usize,
    at: u64,
}

impl Rows {
    fn new(wrapper: Faulty, columns: &[Column]) -> Self {
        ALIVE.fetch_add(1, Relaxed);
        Rows {
            wrapper,
            columns: columns.len(),
            at: 0,
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Relaxed);
        assert_ne!(self.wrapper.place, "drop", "on purpose");
    }
}

impl Scan for Rows {
    fn next(&mut self, row: &mut Row) -> Result<bool> {
        if self.at == self.wrapper.rows {
            return Ok(false);
        }
        self.at += 1;
        if self.at == 2 {
            self.wrapper.fail("next")?;
        }
        let values = match self.wrapper.place.as_str() {
            "width" => self.columns + 1,
            _ => self.columns,
        };
        for _ in 0..values {
            match self.wrapper.place.as_str() {
                "value" if self.at == 2 => row.push(Some("two"))?,
                "nul" => row.push(Some("\0"))?,
                _ => row.push(Some(&self.at.to_string()))?,
            }
        }
        Ok(true)
    }

    fn rewind(&mut self) -> Result<()> {
        self.at = 0;
        self.wrapper.fail("rewind")
    }

    fn finish(self) -> Result<()> {
        self.wrapper.fail("finish")
    }
}

impl Insert for Rows {
    fn insert(&mut self, _row: &Row) -> Result<()> {
        self.wrapper.fail("row")
    }

    fn finish(self) -> Result<()> {
        self.wrapper.fail("finish")
    }
}
