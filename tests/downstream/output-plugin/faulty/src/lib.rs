//! A plugin that fails where its options say, to test what the framework does then.

#![forbid(unsafe_code)]

use other_decoding::{
    Change, Error, Message, Options, Output, Plugin, Result, TableName, Transaction, errcodes,
};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

other_decoding::output_plugin!(Faulty);

/// Plugins that were not dropped.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// Where and how to fail.
struct Faulty {
    place: String,
    how: String,
}

impl Faulty {
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

impl Drop for Faulty {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Relaxed);
    }
}

impl Plugin for Faulty {
    fn start(options: &Options) -> Result<Self> {
        let find = |name| {
            let option = options.iter().find(|option| option.name == name);
            let value = option.and_then(|option| option.value.clone());
            value.unwrap_or_default()
        };
        ALIVE.fetch_add(1, Relaxed);
        let plugin = Faulty {
            place: find("place"),
            how: find("how"),
        };
        plugin.fail("start")?;
        Ok(plugin)
    }

    fn begin(&mut self, _: &Transaction, out: &mut Output) -> Result<()> {
        out.write(format!("{} alive", ALIVE.load(Relaxed)));
        self.fail("begin")
    }

    fn change(&mut self, _: &Transaction, _: &Change, _: &mut Output) -> Result<()> {
        self.fail("change")
    }

    fn truncate(&mut self, _: &Transaction, _: &[TableName], _: &mut Output) -> Result<()> {
        self.fail("truncate")
    }

    fn commit(&mut self, _: &Transaction, _: &mut Output) -> Result<()> {
        self.fail("commit")
    }

    fn message(&mut self, _: &Message<'_>, _: &mut Output) -> Result<()> {
        self.fail("message")
    }

    fn skips_origin(&mut self, _: u32) -> Result<bool> {
        self.fail("origin").map(|()| false)
    }

    fn stop(self) -> Result<()> {
        self.fail("stop")
    }
}
