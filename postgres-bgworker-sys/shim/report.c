/*
 * ereport is a macro whose expansion changed in 13. These functions do what it expands to.
 */
#include "shim.h"

#include <setjmp.h>

/*
 * errfinish checks for interrupts. A cancel that is pending then is for the statement that runs, or for the next one,
 * so it stays pending. The server's die is served, and does not return.
 */
static void
hold_cancels(void)
{
#if PG_VERSION_NUM >= 90500
	HOLD_CANCEL_INTERRUPTS();
#else
	HOLD_INTERRUPTS();
#endif
}

static void
resume_cancels(void)
{
#if PG_VERSION_NUM >= 90500
	RESUME_CANCEL_INTERRUPTS();
#else
	RESUME_INTERRUPTS();
#endif
}

static void
name(int field, const char *text)
{
	if (text)
		err_generic_string(field, text);
}

static void
report_now(const pgbgw_report_fields *report)
{
	const char *const *texts = report->texts;

	/* An error that was caught here and is raised again. Whoever catches it restores the stack. */
	if (report->level >= ERROR && report->has_callers)
		error_context_stack = NULL;
#if PG_VERSION_NUM >= 130000
	if (!errstart(report->level, report->domain))
		return;
#else
	if (!errstart(report->level, report->file, report->line, report->function, report->domain))
		return;
#endif
	if (report->sqlstate != 0)
		errcode(report->sqlstate);
	errmsg_internal("%s", texts[PGBGW_MESSAGE]);
	if (texts[PGBGW_DETAIL])
		errdetail_internal("%s", texts[PGBGW_DETAIL]);
	if (texts[PGBGW_DETAIL_LOG])
		errdetail_log("%s", texts[PGBGW_DETAIL_LOG]);
	if (texts[PGBGW_HINT])
		errhint("%s", texts[PGBGW_HINT]);
	if (texts[PGBGW_INTERNAL_QUERY])
		internalerrquery(texts[PGBGW_INTERNAL_QUERY]);
	if (texts[PGBGW_CONTEXT])
		errcontext("%s", texts[PGBGW_CONTEXT]);
	if (report->position > 0)
		errposition(report->position);
	if (report->internal_position > 0)
		internalerrposition(report->internal_position);
	name(PG_DIAG_SCHEMA_NAME, texts[PGBGW_SCHEMA_NAME]);
	name(PG_DIAG_TABLE_NAME, texts[PGBGW_TABLE_NAME]);
	name(PG_DIAG_COLUMN_NAME, texts[PGBGW_COLUMN_NAME]);
	name(PG_DIAG_DATATYPE_NAME, texts[PGBGW_DATATYPE_NAME]);
	name(PG_DIAG_CONSTRAINT_NAME, texts[PGBGW_CONSTRAINT_NAME]);
	if (report->hides_statement)
		errhidestmt(true);
#if PG_VERSION_NUM >= 90500
	if (report->hides_context)
		errhidecontext(true);
#endif
#if PG_VERSION_NUM >= 130000
	if (report->has_backtrace)
		errbacktrace();
	errfinish(report->file, report->line, report->function);
#else
	errfinish(0);
#endif
}

void
pgbgw_report(const pgbgw_report_fields *report)
{
	if (report->level >= ERROR)
		report_now(report);		/* does not return, and resets the counts */
	else
	{
		ErrorContextCallback *const context_stack = error_context_stack;

		hold_cancels();
		/* The text has the lines of the callers. Whoever catches an error restores the stack. */
		if (report->has_callers)
			error_context_stack = NULL;
		report_now(report);
		error_context_stack = context_stack;
		resume_cancels();
	}
}

/*
 * Reports at level ERROR and returns: the error is raised, caught here, sent to the log and discarded.
 * The file name is not copied by the server, so this must happen while the caller still owns it.
 * The server appends STATEMENT to the entry, which is the text that debug_query_string points to.
 */
void
pgbgw_report_error(const pgbgw_report_fields *report)
{
	sigjmp_buf *const exception_stack = PG_exception_stack;
	ErrorContextCallback *const context_stack = error_context_stack;
	const MemoryContext context = CurrentMemoryContext;
	const uint32 interrupt_holdoff = InterruptHoldoffCount;
#if PG_VERSION_NUM >= 90500
	const uint32 cancel_holdoff = QueryCancelHoldoffCount;
#endif
	const char *const statement = debug_query_string;
	sigjmp_buf	here;

	if (sigsetjmp(here, 0) == 0)
	{
		PG_exception_stack = &here;
		pgbgw_report(report);
	}
	PG_exception_stack = exception_stack;
	error_context_stack = context_stack;
	InterruptHoldoffCount = interrupt_holdoff;
#if PG_VERSION_NUM >= 90500
	QueryCancelHoldoffCount = cancel_holdoff;
#endif
	if (report->texts[PGBGW_STATEMENT])
		debug_query_string = report->texts[PGBGW_STATEMENT];
	EmitErrorReport();
	debug_query_string = statement;
	FlushErrorState();
	MemoryContextSwitchTo(context);
}

static const char *
copied(const char *text)
{
	return text ? pstrdup(text) : NULL;
}

/* A report in the current memory context, so that it outlives its source. */
const pgbgw_report_fields *
pgbgw_copy_report(const pgbgw_report_fields *report)
{
	pgbgw_report_fields *copy = palloc(sizeof(pgbgw_report_fields));
	int			i;

	*copy = *report;
	for (i = 0; i < PGBGW_TEXTS; i++)
		copy->texts[i] = copied(copy->texts[i]);
	copy->file = copied(copy->file);
	copy->function = copied(copy->function);
	copy->domain = copied(copy->domain);
	return copy;
}

/* The fields of an error. The texts remain the error's. */
void
pgbgw_read_error(const ErrorData *error, pgbgw_report_fields *report)
{
	*report = (pgbgw_report_fields) {
		.level = error->elevel,
		.sqlstate = error->sqlerrcode,
		.position = error->cursorpos,
		.internal_position = error->internalpos,
		.texts = {
			[PGBGW_MESSAGE] = error->message ? error->message : "missing error text",
			[PGBGW_DETAIL] = error->detail,
			[PGBGW_DETAIL_LOG] = error->detail_log,
			[PGBGW_HINT] = error->hint,
			[PGBGW_INTERNAL_QUERY] = error->internalquery,
			[PGBGW_CONTEXT] = error->context,
			[PGBGW_SCHEMA_NAME] = error->schema_name,
			[PGBGW_TABLE_NAME] = error->table_name,
			[PGBGW_COLUMN_NAME] = error->column_name,
			[PGBGW_DATATYPE_NAME] = error->datatype_name,
			[PGBGW_CONSTRAINT_NAME] = error->constraint_name,
		},
		.file = error->filename,
		.line = error->lineno,
		.has_callers = 1,
		.function = error->funcname,
		.domain = error->domain,
		.hides_statement = error->hide_stmt,
#if PG_VERSION_NUM >= 90500
		.hides_context = error->hide_ctx,
#endif
#if PG_VERSION_NUM >= 130000
		.has_backtrace = error->backtrace != NULL,
#endif
	};
}
