/*
 * Keeps the reports of the server that a session would send to its client: notices, warnings and infos. C, because emit_log_hook
 * calls it while an error may be processed, where no Rust code may run. It allocates with malloc, and cannot raise.
 *
 * A background worker has no client, so the server drops a report that log_min_messages excludes before anything sees it. While
 * reports are kept, that setting is lower, and the hook hides from the log what would not have been there.
 */
#include "shim.h"

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "utils/guc.h"

#if PG_VERSION_NUM >= 190000
#define LOG_MIN_MESSAGES (log_min_messages[MyBackendType])
#else
#define LOG_MIN_MESSAGES log_min_messages
#endif

#if PG_VERSION_NUM >= 90500
#define SET_LOG_MIN_MESSAGES(value, source, action) \
	set_config_option("log_min_messages", value, PGC_SUSET, source, action, true, 0, false)
#else
#define SET_LOG_MIN_MESSAGES(value, source, action) \
	set_config_option("log_min_messages", value, PGC_SUSET, source, action, true, 0)
#endif

/* The size of what is kept at most, in bytes. Later reports are counted. */
#define MOST_BYTES (1024 * 1024)

/* A report, followed by its texts, each with its NUL. */
typedef struct kept
{
	Size		size;			/* with the texts */
	int			level;
	int			sqlstate;
	int			position;
	int			internal_position;
	uint32		texts;			/* a bit for each that follows */
} kept;

static emit_log_hook_type next_hook = NULL;
static bool is_watching = false;

/* Whether reports are kept, the setting while they are, and the one that the log obeys. */
static bool is_keeping = false;
static int	lowered;
static int	original;

/* A FATAL is about to end this worker. It is the only report that is kept then. */
static bool is_ending = false;

static char *buffer = NULL;
static Size capacity = 0;
static Size used = 0;
static uint64 dropped = 0;

/* As is_log_level_output of elog.c. */
static bool
is_included(int level, int minimum)
{
	if (level == LOG || level == COMMERROR)
		return minimum == LOG || minimum <= ERROR;
	return minimum == LOG ? level >= FATAL : level >= minimum;
}

/* As should_output_to_client of elog.c. */
static bool
is_for_client(int level)
{
	return level < ERROR && level != COMMERROR && (level >= client_min_messages || level == INFO);
}

static bool
has_room(Size size)
{
	Size		wanted = Max(capacity, 8192);
	char	   *larger;

	if (size > MOST_BYTES - used)
		return false;
	while (wanted < used + size)
		wanted *= 2;
	if (wanted == capacity)
		return true;
	larger = realloc(buffer, wanted);
	if (larger == NULL)
		return false;
	buffer = larger;
	capacity = wanted;
	return true;
}

static void
keep_report(const pgbgw_report_fields *report)
{
	kept		header = {sizeof(kept), report->level, report->sqlstate, report->position, report->internal_position, 0};
	char	   *end;
	int			which;

	for (which = 0; which < PGBGW_TEXTS; which++)
		if (report->texts[which] != NULL)
		{
			header.texts |= 1U << which;
			header.size += strlen(report->texts[which]) + 1;
		}
	if (!has_room(header.size))
	{
		dropped++;
		return;
	}
	end = buffer + used;
	memcpy(end, &header, sizeof(kept));
	end += sizeof(kept);
	for (which = 0; which < PGBGW_TEXTS; which++)
		if (report->texts[which] != NULL)
			end = stpcpy(end, report->texts[which]) + 1;
	used += header.size;
}

static void
on_report(ErrorData *error)
{
	if (error->elevel >= FATAL && MyBgworkerEntry != NULL && !is_ending)
	{
		pgbgw_report_fields report;

		pgbgw_read_error(error, &report);
		used = 0;
		is_ending = true;
		keep_report(&report);
	}
	if (is_keeping && error->elevel < ERROR)
	{
		if (is_for_client(error->elevel))
		{
			pgbgw_report_fields report;

			pgbgw_read_error(error, &report);
			keep_report(&report);
		}
		/* A statement may have changed the setting since. */
		if (LOG_MIN_MESSAGES == lowered && !is_included(error->elevel, original))
		{
			error->output_to_server = false;
			return;
		}
	}
	if (next_hook != NULL)
		next_hook(error);
}

static void
watch_reports(void)
{
	if (is_watching)
		return;
	next_hook = emit_log_hook;
	emit_log_hook = on_report;
	is_watching = true;
}

void
pgbgw_watch_fatal(void)
{
	watch_reports();
}

int
pgbgw_is_ending(void)
{
	return is_ending;
}

static void
lower_threshold(GucSource source, GucAction action)
{
	/* In the order of their numbers, from DEBUG5. */
	static const char *const debug[] = {"debug5", "debug4", "debug3", "debug2", "debug1"};
	const bool	is_debug = client_min_messages >= DEBUG5 && client_min_messages <= DEBUG1;
	const int	wanted = is_debug ? client_min_messages : INFO;

	if (!is_keeping || LOG_MIN_MESSAGES != lowered)
		original = LOG_MIN_MESSAGES;
	if (!is_included(wanted, LOG_MIN_MESSAGES))
		SET_LOG_MIN_MESSAGES(is_debug ? debug[wanted - DEBUG5] : "info", source, action);
	lowered = LOG_MIN_MESSAGES;
}

void
pgbgw_start_keeping(pgbgw_keeping *before)
{
	watch_reports();
	*before = (pgbgw_keeping) {used, NewGUCNestLevel(), is_keeping, lowered, original};
	lower_threshold(PGC_S_SESSION, GUC_ACTION_SAVE);
	is_keeping = true;
}

void
pgbgw_stop_keeping(const pgbgw_keeping *before, int failed)
{
	is_keeping = before->was_keeping;
	lowered = before->lowered;
	original = before->original;
	AtEOXact_GUC(!failed, before->guc_level);
}

void
pgbgw_keep_from_now_on(void)
{
	watch_reports();
	lower_threshold(PGC_S_OVERRIDE, GUC_ACTION_SET);
	is_keeping = true;
}

void
pgbgw_keep(const pgbgw_report_fields *report)
{
	if (is_keeping)
		keep_report(report);
}

int
pgbgw_read_kept(Size *at, pgbgw_report_fields *report)
{
	kept		header;
	const char *text;
	int			which;

	if (*at >= used)
		return 0;
	memcpy(&header, buffer + *at, sizeof(kept));
	text = buffer + *at + sizeof(kept);
	*report = (pgbgw_report_fields) {header.level, header.sqlstate, header.position, header.internal_position};
	for (which = 0; which < PGBGW_TEXTS; which++)
		if (header.texts & (1U << which))
		{
			report->texts[which] = text;
			text += strlen(text) + 1;
		}
	*at += header.size;
	return 1;
}

uint64
pgbgw_forget_kept(Size from)
{
	const uint64 count = dropped;

	used = from;
	dropped = 0;
	if (from == 0)
	{
		free(buffer);
		buffer = NULL;
		capacity = 0;
	}
	return count;
}
