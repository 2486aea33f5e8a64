//! Changes as lines of JSON:
//!
//! ```json
//! {"begin":742}
//! {"insert":"public.t","new":{"id":1,"name":"one"}}
//! {"update":"public.t","old":{"id":1},"new":{"id":2,"name":null}}
//! {"commit":742,"microseconds":848293919000000}
//! ```
//!
//! Options: `tables` has the names of tables, separated by commas; other tables are left out.
//! `transactions` writes the lines `begin` and `commit`. `timestamps` adds the time to `commit`, in
//! microseconds since 2000. `only_local` leaves out what was replicated from elsewhere.

#![forbid(unsafe_code)]

mod json;

use json::Object;
use other_decoding::{
    Change, Field, Message, Operation, Options, Output, Plugin, Result, TableName, Transaction,
};

other_decoding::output_plugin!(JsonLines);

/// The options.
struct JsonLines {
    tables: Option<Vec<String>>,
    has_transactions: bool,
    has_timestamps: bool,
    is_only_local: bool,
}

impl Plugin for JsonLines {
    fn start(options: &Options) -> Result<Self> {
        let mut plugin = JsonLines {
            tables: None,
            has_transactions: true,
            has_timestamps: false,
            is_only_local: false,
        };
        for option in options.iter() {
            match option.name.as_str() {
                "tables" => {
                    let names = option.value.as_deref().unwrap_or_default();
                    plugin.tables = Some(names.split(',').map(|name| name.trim().into()).collect());
                }
                "transactions" => plugin.has_transactions = option.boolean()?,
                "timestamps" => plugin.has_timestamps = option.boolean()?,
                "only_local" => plugin.is_only_local = option.boolean()?,
                _ => return Err(option.unknown("only_local, tables, timestamps, transactions")),
            }
        }
        Ok(plugin)
    }

    fn begin(&mut self, transaction: &Transaction, out: &mut Output) -> Result<()> {
        if self.has_transactions {
            let mut line = Object::new();
            line.raw("begin", &transaction.id.to_string());
            out.write(line.end());
        }
        Ok(())
    }

    fn change(&mut self, _: &Transaction, change: &Change, out: &mut Output) -> Result<()> {
        let name = name(&change.table);
        if !self.wants(&name) {
            return Ok(());
        }
        let mut line = Object::new();
        let operation = match change.operation {
            Operation::Insert => "insert",
            Operation::Update => "update",
            Operation::Delete => "delete",
        };
        line.text(operation, &name);
        for (part, fields) in [("old", &change.old), ("new", &change.new)] {
            if let Some(fields) = fields {
                line.raw(part, &row(fields));
            }
        }
        out.write(line.end());
        Ok(())
    }

    fn truncate(&mut self, _: &Transaction, tables: &[TableName], out: &mut Output) -> Result<()> {
        for name in tables.iter().map(name).filter(|name| self.wants(name)) {
            let mut line = Object::new();
            line.text("truncate", &name);
            out.write(line.end());
        }
        Ok(())
    }

    fn commit(&mut self, transaction: &Transaction, out: &mut Output) -> Result<()> {
        if self.has_transactions {
            let mut line = Object::new();
            line.raw("commit", &transaction.id.to_string());
            if self.has_timestamps {
                line.raw("microseconds", &transaction.committed.to_string());
            }
            out.write(line.end());
        }
        Ok(())
    }

    fn message(&mut self, message: &Message<'_>, out: &mut Output) -> Result<()> {
        let mut line = Object::new();
        line.text("message", message.prefix);
        line.text("content", &String::from_utf8_lossy(message.content));
        if let Some(transaction) = message.transaction {
            line.raw("transaction", &transaction.id.to_string());
        }
        out.write(line.end());
        Ok(())
    }

    fn skips_origin(&mut self, origin: u32) -> Result<bool> {
        Ok(self.is_only_local && origin != 0)
    }

    fn stop(self) -> Result<()> {
        Ok(())
    }
}

impl JsonLines {
    fn wants(&self, table: &String) -> bool {
        let tables = self.tables.as_ref();
        tables.is_none_or(|tables| tables.contains(table))
    }
}

fn name(table: &TableName) -> String {
    format!("{}.{}", table.schema, table.name)
}

/// Long values that were not changed are left out.
fn row(fields: &[Field]) -> String {
    let mut row = Object::new();
    for field in fields {
        if let Some(value) = json::value(field) {
            row.raw(&field.name, &value);
        }
    }
    row.end()
}
