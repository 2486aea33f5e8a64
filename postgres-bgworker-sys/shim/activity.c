/*
 * Reports in pg_stat_activity when a statement begins and ends. C, because the entry of a process is written between macros.
 * Included before statement.c, which uses it.
 */
#include "shim.h"

#include "pgstat.h"

/*
 * These functions do what pgstat_report_activity does. The server reads the clock twice when a statement begins: for
 * statement_timestamp(), and for the change of the state. Reading it is a considerable part of the time of a short statement, so
 * both have the same time here.
 */
#if PG_VERSION_NUM >= 140000 && PG_VERSION_NUM < 200000

#include "utils/backend_status.h"

/* Counts the time since the last change of the state, as the server does. */
static void
count_time(const volatile PgBackendStatus *entry, BackendState to, TimestampTz now)
{
	const BackendState from = entry->st_state;
	const PgStat_Counter time = Max(now - entry->st_state_start_timestamp, 0);

	if (from == to)
		return;
	if (from == STATE_RUNNING || from == STATE_FASTPATH)
		pgstat_count_conn_active_time(time);
	else if (from == STATE_IDLEINTRANSACTION || from == STATE_IDLEINTRANSACTION_ABORTED)
		pgstat_count_conn_txn_idle_time(time);
}

/* The time of the statement has just been set. */
static void
report_statement(const char *text)
{
	volatile PgBackendStatus *const entry = MyBEEntry;
	const TimestampTz now = GetCurrentStatementStartTimestamp();
	Size		length;

	if (entry == NULL || !pgstat_track_activities)
	{
		pgstat_report_activity(STATE_RUNNING, text);
		return;
	}
	length = Min(strlen(text), (Size) pgstat_track_activity_query_size - 1);
	count_time(entry, STATE_RUNNING, now);
	PGSTAT_BEGIN_WRITE_ACTIVITY(entry);
	entry->st_state = STATE_RUNNING;
	entry->st_state_start_timestamp = now;
	entry->st_query_id = 0;
#if PG_VERSION_NUM >= 180000
	entry->st_plan_id = 0;
#endif
	memcpy((char *) entry->st_activity_raw, text, length);
	entry->st_activity_raw[length] = '\0';
	entry->st_activity_start_timestamp = now;
	PGSTAT_END_WRITE_ACTIVITY(entry);
}

/* The statement has ended, and the transaction goes on. */
static void
report_idle_in_transaction(void)
{
	volatile PgBackendStatus *const entry = MyBEEntry;
	TimestampTz now;

	if (entry == NULL || !pgstat_track_activities)
	{
		pgstat_report_activity(STATE_IDLEINTRANSACTION, NULL);
		return;
	}
	now = GetCurrentTimestamp();
	count_time(entry, STATE_IDLEINTRANSACTION, now);
	PGSTAT_BEGIN_WRITE_ACTIVITY(entry);
	entry->st_state = STATE_IDLEINTRANSACTION;
	entry->st_state_start_timestamp = now;
	PGSTAT_END_WRITE_ACTIVITY(entry);
}

#else

static void
report_statement(const char *text)
{
	pgstat_report_activity(STATE_RUNNING, text);
}

static void
report_idle_in_transaction(void)
{
	pgstat_report_activity(STATE_IDLEINTRANSACTION, NULL);
}

#endif
