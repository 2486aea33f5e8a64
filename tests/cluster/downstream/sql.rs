//! Statements of these tests.

use postgres::Client;
use postgres::error::DbError;

/// Runs statements that fail as `faulty` does, and returns the error.
pub(super) fn raises(client: &mut Client, sql: &str, place: &str, how: &str) -> DbError {
    let message = format!("on purpose, in {place}");
    if how == "panic" {
        let error = fails(client, sql, "XX000");
        assert_eq!(error.message(), format!("panicked: {message}"));
        return error;
    }
    let error = fails(client, sql, "21000");
    assert_eq!(error.message(), message);
    assert_eq!(error.detail(), Some("The detail."));
    assert_eq!(error.hint(), Some("The hint."));
    assert_eq!(error.schema(), Some("a schema"));
    assert_eq!(error.table(), Some("a table"));
    assert_eq!(error.column(), Some("a column"));
    error
}

pub(super) fn explain(client: &mut Client, sql: &str) -> String {
    let lines = client.query(&format!("explain {sql}"), &[]).unwrap();
    let lines: Vec<String> = lines.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

/// Runs statements that must fail with one of these SQLSTATEs.
pub(super) fn fails(client: &mut Client, sql: &str, codes: &str) -> DbError {
    let error = client.batch_execute(sql).expect_err(sql);
    let error = error
        .as_db_error()
        .unwrap_or_else(|| panic!("{sql}: {error}"));
    let code = error.code().code();
    assert!(
        codes.split('|').any(|expected| expected == code),
        "{sql}: {error:?}"
    );
    error.clone()
}
