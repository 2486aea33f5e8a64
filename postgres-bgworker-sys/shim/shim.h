/*
 * The C part of postgres-bgworker-sys. src/shim/ documents every function.
 * The comments here only say why a function is written in C.
 */
#ifndef POSTGRES_BGWORKER_SHIM_H
#define POSTGRES_BGWORKER_SHIM_H

#include "wrapper.h"

#if PG_VERSION_NUM >= 90500
#define PGBGW_LATCH MyLatch
#else
#define PGBGW_LATCH (&MyProc->procLatch)
#endif

/* Early releases of 9.3 to 10 have no macro for it. */
#if PG_VERSION_NUM < 110000 && !defined(TupleDescAttr)
#define TupleDescAttr(descriptor, index) ((descriptor)->attrs[index])
#endif

/* The texts of a report. Mirrored in src/shim/. */
enum
{
	PGBGW_MESSAGE,
	PGBGW_DETAIL,
	PGBGW_DETAIL_LOG,			/* replaces the detail in the server log */
	PGBGW_HINT,
	PGBGW_INTERNAL_QUERY,
	PGBGW_CONTEXT,
	PGBGW_SCHEMA_NAME,
	PGBGW_TABLE_NAME,
	PGBGW_COLUMN_NAME,
	PGBGW_DATATYPE_NAME,
	PGBGW_CONSTRAINT_NAME,
	PGBGW_STATEMENT,			/* only in the server log */
	PGBGW_TEXTS
};

/* A report for the server log. Mirrored in src/shim/. */
typedef struct pgbgw_report_fields
{
	int			level;
	int			sqlstate;		/* 0: the server's default for the level */
	int			position;		/* in characters, from 1; 0: none */
	int			internal_position;	/* like position, in the internal query */
	const char *texts[PGBGW_TEXTS]; /* all but the message may be NULL */
	const char *file;
	int			line;
	int			has_callers;	/* CONTEXT has the lines of the callers already */
	const char *function;		/* or NULL */
	const char *domain;			/* of translations, or NULL: the server's */
	int			hides_statement;
	int			hides_context;
	int			has_backtrace;
} pgbgw_report_fields;

/* The results of a wait, as bits. Mirrored in src/shim/. */
#define PGBGW_WAKE_LATCH		1
#define PGBGW_WAKE_TIMEOUT		2
#define PGBGW_WAKE_RELOADED		4
#define PGBGW_WAKE_TERMINATING	8

/* A ready socket of a wait set. Mirrored in src/shim/. */
typedef struct pgbgw_ready
{
	int			socket;			/* in the order of adding, from 0 */
	uint32		events;			/* WL_SOCKET_* */
} pgbgw_ready;

/* The maximum number that one wait reports. The next wait reports the others. */
#define PGBGW_MOST_READY		64

/* The state of recovery. Mirrored in src/shim/. */
#define PGBGW_RECOVERING		0
#define PGBGW_CONSISTENT		1
#define PGBGW_NOT_RECOVERING	2

/* The context and resource owner that are current around a call. Mirrored in src/shim/. */
typedef struct pgbgw_around
{
	MemoryContext memory;
	ResourceOwner owner;
} pgbgw_around;

extern ErrorData *pgbgw_try(void (*body) (void *), void *argument);
extern ErrorData *pgbgw_try_around(void (*body) (void *), void *argument, const pgbgw_around *around);
extern void pgbgw_free_error(ErrorData *error);
extern ErrorData *pgbgw_catch(void (*body) (void *), void *argument);
extern void pgbgw_drop_error(ErrorData *error);
extern void pgbgw_rethrow(ErrorData *error);

extern void pgbgw_report(const pgbgw_report_fields *report);
extern void pgbgw_report_error(const pgbgw_report_fields *report);
extern const pgbgw_report_fields *pgbgw_copy_report(const pgbgw_report_fields *report);
extern void pgbgw_read_error(const ErrorData *error, pgbgw_report_fields *report);

extern void pgbgw_note_config_files(void);
extern void pgbgw_install_signal_handlers(int stop_budget_ms);
extern void pgbgw_note_main_thread(void);
extern int	pgbgw_exit_is_over(void);
extern void pgbgw_leave(void);
extern void pgbgw_set_stop_budget(int stop_budget_ms);
extern void pgbgw_show_stop(uint64 *place);
extern int	pgbgw_is_terminating(void);
extern int	pgbgw_serve_interrupts(void);
extern void pgbgw_check_before_refusal(void);
extern int	pgbgw_wait(long timeout_ms, uint32 wait_event_info);
extern int	pgbgw_wait_in_transaction(long timeout_ms, uint32 wait_event_info);
#if PG_VERSION_NUM >= 90500

extern dsm_segment *pgbgw_dsm_create(Size size);
extern dsm_segment *pgbgw_dsm_attach(uint32 handle);
extern void *pgbgw_map_again(void *address, Size size);
#endif

extern void *pgbgw_wait_set_create(int sockets);
extern void pgbgw_wait_set_add_latch(void *set);
extern void pgbgw_wait_set_add(void *set, int fd, uint32 events);
extern void pgbgw_wait_set_free(void *set);
extern int	pgbgw_wait_on(void *set, long timeout_ms, uint32 wait_event_info, pgbgw_ready *ready, int *count);

extern void **pgbgw_rendezvous(const char *name);
extern int	pgbgw_own_proc(void);
extern int	pgbgw_proc_is(int number, int pid);
extern int	pgbgw_latch_is_set(void);
extern int	pgbgw_may_read_all_stats(void);
extern char *pgbgw_database_name(Oid database);

extern void pgbgw_prepare_conversions(void);
extern char *pgbgw_text_to_utf8(const char *text);
extern char *pgbgw_text_from_utf8(const char *text, int *replaced);
extern int pgbgw_conversions_are_pending(void);
extern char *pgbgw_text_for_error(const char *text);
extern char *pgbgw_text_for_context(const char *text);

/* What was kept before some code runs. Mirrored in src/shim/. */
typedef struct pgbgw_keeping
{
	Size		start;			/* where the reports of that code begin */
	int			guc_level;
	int			was_keeping;
	int			lowered;
	int			original;
} pgbgw_keeping;

extern void pgbgw_start_keeping(pgbgw_keeping *before);
extern void pgbgw_stop_keeping(const pgbgw_keeping *before, int failed);
extern void pgbgw_keep_from_now_on(void);
extern void pgbgw_watch_fatal(void);
extern int	pgbgw_is_ending(void);
extern void pgbgw_keep(const pgbgw_report_fields *report);
extern int	pgbgw_read_kept(Size *at, pgbgw_report_fields *report);
extern uint64 pgbgw_forget_kept(Size from);

struct PortalData;
extern void pgbgw_sign_portal(struct PortalData *portal, const char *sign);
extern int	pgbgw_portal_is_signed(struct PortalData *portal, const char *sign);

/* Why a transaction is canceled. Mirrored in src/shim/. */
#define PGBGW_NOT_CANCELED		0
#define PGBGW_LIMIT_IS_OVER		1
#define PGBGW_IS_CANCELED		2

extern uint64 pgbgw_make_cancelable(void);
extern int	pgbgw_cancel(uint64 transaction);
extern int	pgbgw_cancel_reason(void);
extern void pgbgw_set_limit(int milliseconds);
extern void pgbgw_end_cancelable(void);

/* The characteristics of a transaction. Mirrored in src/shim/. */
typedef struct pgbgw_characteristics
{
	int			isolation;		/* XACT_*, or -1: by the settings */
	int			read_only;		/* 0, 1, or -1: by the settings */
	int			deferrable;
	const char *snapshot;		/* to import, or NULL */
} pgbgw_characteristics;

extern void pgbgw_begin(const pgbgw_characteristics *mode);
extern void pgbgw_abort(void);

/* A statement and its result. Mirrored in src/shim/. */
typedef struct pgbgw_statement
{
	const char *text;
	SPIPlanPtr	plan;			/* or NULL, and the text is run */
	Oid		   *types;
	Datum	   *values;
	const char *nulls;
	int			count;
	int			may_lack_snapshot;	/* it is not certain that the statement takes a snapshot */
	int			keeps_rows;
	int			is_connected;	/* SPI is */
	int			code;			/* SPI_* */
	uint64		processed;
	SPITupleTable *table;
	uint64		made;
} pgbgw_statement;

/* Whether statements run inside the statement of a caller. Mirrored in src/shim/. */
#define PGBGW_NOT_NESTED		0
#define PGBGW_NESTED			1
#define PGBGW_NESTED_READ_ONLY	2

extern int	pgbgw_nesting;
extern void pgbgw_begin_statement(const char *text, SPIPlanPtr plan);
extern void pgbgw_end_statement(void);
extern void pgbgw_statement_failed(void);
extern void pgbgw_connect_spi(void);
extern void pgbgw_execute(pgbgw_statement *statement);
extern int	pgbgw_give_back(const SPITupleTable *table);
extern void pgbgw_free_result(SPITupleTable *table);

/* What a column of a tuple has. Mirrored in src/shim/. */
#define PGBGW_IS_VALUE			0
#define PGBGW_IS_NULL			1
#define PGBGW_IS_NOT_STORED		2

extern Datum pgbgw_stored_value(HeapTuple tuple, int attribute, TupleDesc descriptor, int *state);
extern SPIPlanPtr pgbgw_prepare(const char *text, int count, Oid *types, int *may_lack_snapshot);
extern void pgbgw_open_cursor(pgbgw_statement *statement, const char *name);
extern int	pgbgw_fetch(pgbgw_statement *statement, const char *name, long count);

extern void pgbgw_watch_layouts(void);
extern uint64 pgbgw_mark_layouts(void);
extern uint64 pgbgw_count_layouts(void);
extern TupleDesc pgbgw_rowtype(Oid type, int32 typmod, uint64 made);
extern int	pgbgw_tuple_fits(HeapTuple tuple, TupleDesc descriptor);

/* types.c */
extern Oid pgbgw_type_by_name(const char *name);
extern Oid pgbgw_array_type(Oid element);
extern Oid pgbgw_base_type(Oid type);
extern char *pgbgw_type_name(Oid type);
extern char *pgbgw_output(Oid type, Datum value);
extern Datum pgbgw_input(Oid type, char *text);

extern int	pgbgw_recovery_state(void);
extern int	pgbgw_database_is_wanted(void);

extern int	pgbgw_free_worker_slots(void);
extern void pgbgw_connect(const char *database, const char *role, uint32 flags);
extern void pgbgw_connect_by_oid(Oid database, Oid role, uint32 flags);
extern void pgbgw_report_stat(int force);

/* The size that suffices for a spinlock on every processor. Mirrored in src/shim/. */
#define PGBGW_SPIN_LOCK_ROOM	16

#if PG_VERSION_NUM >= 90600
extern void pgbgw_lwlock_register_tranche(int tranche, const char *name);
#endif
#if PG_VERSION_NUM >= 100000
extern int	pgbgw_condition_sleep(ConditionVariable *condition, long timeout_ms);
extern void pgbgw_condition_cancel_sleep(ConditionVariable *condition);
#endif
#if PG_VERSION_NUM >= 170000
extern void *pgbgw_named_dsm_segment(const char *name, Size size,
									 void (*init) (void *segment, void *argument), void *argument);
#endif

/*
 * The other end of a COPY from or to memory. A source fills at least `least` bytes unless the data ends, and returns the
 * number. A negative number, and a non-zero result of a sink, end the COPY with an error. Neither raises errors. Mirrored
 * in src/shim/.
 */
typedef int (*pgbgw_copy_source) (void *argument, void *to, int least, int most);
typedef int (*pgbgw_copy_sink) (void *argument, const char *data, size_t length);

extern uint64 pgbgw_copy_in(const char *statement, pgbgw_copy_source source, void *argument);
extern uint64 pgbgw_copy_out(const char *query, const char *rest, pgbgw_copy_sink sink, void *argument);
extern int	pgbgw_copy_types(const char *statement, Oid *types, int room);
extern void *pgbgw_send_function(Oid type);
extern void *pgbgw_send(void *function, Datum value);
extern void *pgbgw_output_function(Oid type);
extern char *pgbgw_exact_output(void *function, Datum value);
extern char *pgbgw_quote_table(const char *name);
extern const char *pgbgw_database_encoding(void);

/* The identity of this process before it became another user. Mirrored in src/shim/. */
typedef struct pgbgw_identity
{
	Oid			role;
	int			context;		/* SECURITY_* */
	int			guc_level;		/* settings changed since belong to the other user */
} pgbgw_identity;

/* The results of becoming another user. Mirrored in src/shim/. */
#define PGBGW_BECAME			0
#define PGBGW_NO_SUCH_ROLE		1
#define PGBGW_NOT_A_MEMBER		2

extern int	pgbgw_become(const char *name, Oid role, pgbgw_identity *before);
extern void pgbgw_become_again(const pgbgw_identity *before);

/* Names of 12 and later on earlier servers. */
#if PG_VERSION_NUM < 120000
#define table_open heap_open
#define table_openrv heap_openrv
#define table_close heap_close
#define table_endscan heap_endscan
#define TableScanDesc HeapScanDesc
#endif

/* Rows of the shared catalogs. Mirrored in src/shim/. */
typedef struct pgbgw_database
{
	Oid			oid;
	Oid			owner;
	Oid			tablespace;
	int32		connection_limit;	/* -1: none; -2: DROP DATABASE was interrupted */
	uint8		allows_connections;
	uint8		is_template;
	NameData	name;
} pgbgw_database;

typedef struct pgbgw_role
{
	Oid			oid;
	int32		connection_limit;	/* -1: none */
	uint8		is_superuser;
	uint8		can_login;
	uint8		can_replicate;
	uint8		bypasses_rls;
	NameData	name;
} pgbgw_role;

extern pgbgw_database *pgbgw_list_databases(MemoryContext memory, int *count);
extern pgbgw_role *pgbgw_list_roles(MemoryContext memory, int *count);
extern int	pgbgw_may_connect(Oid role, Oid database);
extern Oid *pgbgw_list_connectable(Oid role, MemoryContext memory, int *count);

/* top_level.c */

/* Statements that run outside a transaction block, one after the other. */
typedef struct pgbgw_script pgbgw_script;

/* The outcome of one statement. It and all that it points to is in its memory. Mirrored in src/shim/. */
typedef struct pgbgw_outcome
{
	MemoryContext memory;
	TupleDesc	descriptor;		/* NULL: no result */
	HeapTuple  *tuples;
	uint64		rows;
	uint64		room;			/* of tuples */
	uint64		processed;
	uint64		made;			/* a layout mark from before the statement */
	char		tag[64];
} pgbgw_outcome;

extern pgbgw_script *pgbgw_script_parse(MemoryContext memory, const char *text, int count, const Oid *types,
										const Datum *values, const char *nulls);
extern int	pgbgw_script_length(const pgbgw_script *script);
extern const char *pgbgw_script_text(const pgbgw_script *script, int number);
extern void pgbgw_script_run(const pgbgw_script *script, int number, pgbgw_outcome *outcome);
extern int	pgbgw_script_is_in_block(void);
extern void pgbgw_script_end(void);
extern void pgbgw_script_abort(void);
extern pgbgw_outcome *pgbgw_outcome_create(MemoryContext memory);
extern SPITupleTable *pgbgw_outcome_table(const pgbgw_outcome *outcome);
extern void pgbgw_prepare_transaction(const char *gid);

/* advisory.c: the key of an advisory lock, and how to take the lock. Mirrored in src/shim/. */
typedef struct pgbgw_advisory_key
{
	int64		number;
	int32		first;
	int32		second;
	int			is_pair;		/* first and second instead of number */
} pgbgw_advisory_key;

#define PGBGW_ADVISORY_SHARED	1
#define PGBGW_ADVISORY_TRY		2
#define PGBGW_ADVISORY_SESSION	4

extern int	pgbgw_advisory_lock(int options, const pgbgw_advisory_key *key);
extern void pgbgw_advisory_unlock(int options, const pgbgw_advisory_key *key);

/* function.c: a function of a library as the catalog declares it. Mirrored in src/shim/. */
typedef struct pgbgw_declared
{
	Oid			result;
	int16		length;			/* of the result's type, as in pg_type */
	int8		by_value;
	int8		is_set;
	int8		is_strict;
	int8		is_checked;		/* set by Rust */
	int8		has_columns;	/* of output arguments, which do not change */
	int			nesting;		/* PGBGW_NESTED, or PGBGW_NESTED_READ_ONLY if it is not volatile */
	int			count;
	const Oid  *types;			/* of the arguments */
	TupleDesc	columns;		/* NULL before the first row is made of output arguments */
} pgbgw_declared;

extern pgbgw_declared *pgbgw_declared_as(FunctionCallInfo fcinfo);
extern char *pgbgw_function_signature(Oid function);
extern Datum pgbgw_copy_value(MemoryContext memory, Datum value, int length);
extern void *pgbgw_alloc(MemoryContext memory, Size size);

/* The rows of a set. Mirrored in src/shim/. */
typedef struct pgbgw_result_set
{
	TupleDesc	columns;
	void	   *store;			/* a Tuplestorestate */
} pgbgw_result_set;

/* The number of columns of a row, at most. */
#define PGBGW_COLUMNS 32

/* One row of a result, made by Rust: the values, and whether they are null. Mirrored in src/shim/. */
typedef struct pgbgw_result_row
{
	Datum		values[PGBGW_COLUMNS];
	char		nulls[PGBGW_COLUMNS];
} pgbgw_result_row;

extern TupleDesc pgbgw_row_columns(FunctionCallInfo fcinfo, MemoryContext memory);
extern Datum pgbgw_row(TupleDesc columns, MemoryContext memory, pgbgw_result_row *row);
extern int	pgbgw_set_begin(FunctionCallInfo fcinfo, Oid scalar, pgbgw_result_set *set);
extern void pgbgw_set_fill(const pgbgw_result_set *set, pgbgw_result_row *(*next) (void *), void *rows);

/* bell.c, commit.c */
#include "bell.h"

/* A bell to be rung at commit. All zeros at first. Mirrored in src/shim/. */
typedef struct pgbgw_request
{
	struct pgbgw_request *next;
	pgbgw_bell *bell;
	SubTransactionId level;		/* invalid: there is no request */
} pgbgw_request;

extern int	pgbgw_bell_join(pgbgw_listener *listener, pgbgw_bell *bell);
extern void pgbgw_bell_leave(pgbgw_listener *listener);
extern void pgbgw_bell_before_sleep(pgbgw_listener *listener);
extern void pgbgw_bell_after_sleep(pgbgw_listener *listener, int has_taken);
extern int	pgbgw_bell_is_rung(const pgbgw_listener *listener);
extern int	pgbgw_bell_take(pgbgw_listener *listener);
extern void pgbgw_bell_ring(pgbgw_bell *bell);
extern void pgbgw_watch_commits(void);
extern void pgbgw_bell_ring_at_commit(pgbgw_request *request, pgbgw_bell *bell);

/* trigger.c. Mirrored in src/shim/. */
#define PGBGW_TRIGGER_BEFORE	0
#define PGBGW_TRIGGER_AFTER		1
#define PGBGW_TRIGGER_INSTEAD	2

#define PGBGW_TRIGGER_INSERT	0
#define PGBGW_TRIGGER_UPDATE	1
#define PGBGW_TRIGGER_DELETE	2
#define PGBGW_TRIGGER_TRUNCATE	3

typedef struct pgbgw_trigger_fields
{
	int			time;
	int			event;
	int			for_each_row;
	HeapTuple	old;			/* or NULL */
	HeapTuple	new;			/* or NULL */
	TupleDesc	descriptor;
	uint64		made;
	Oid			relation;
	const char *name;
	const char *table;
	const char *schema;
	int			argument_count;
	char	  **arguments;
	Datum		unchanged;		/* what to return to continue */
} pgbgw_trigger_fields;

extern int	pgbgw_trigger(FunctionCallInfo fcinfo, pgbgw_trigger_fields *fields);

/* queue.c, commit.c */
#include "queue.h"

extern void pgbgw_queue_init(pgbgw_queue *queue, uint64 blocks, uint64 generation);
extern int	pgbgw_queue_send(pgbgw_queue *queue, const char *data, uint64 length);
extern int	pgbgw_queue_send_at_commit(pgbgw_sender *sender, pgbgw_queue *queue, const char *data, uint64 length);
extern void pgbgw_queue_note_dropped(pgbgw_queue *queue);
extern int	pgbgw_queue_take(pgbgw_queue *queue, char *to, uint64 room, uint64 *length);
extern uint64 pgbgw_queue_depth(const pgbgw_queue *queue);
extern uint64 pgbgw_queue_dropped(const pgbgw_queue *queue);
extern uint64 pgbgw_queue_generation(const pgbgw_queue *queue);

/* events.c: events of databases and extensions, in shared memory. Mirrored in src/shim/events.rs. */
#define PGBGW_EVENTS			64

/* The kinds of events that are kept, and what pgbgw_events_read returns instead of one. */
#define PGBGW_DATABASE_WANTED	1	/* by a command in progress; the hash of its name */
#define PGBGW_DATABASE_RELEASED	2	/* such a command has ended; the hash */
#define PGBGW_DATABASES_CHANGED	3	/* databases were created, altered or dropped */
#define PGBGW_EXTENSION_CHANGED	4	/* the database, and the extension, or 0 for several */
#define PGBGW_NO_EVENT			0	/* none has this number yet */
#define PGBGW_EVENT_LATE		(-1)	/* its process is about to write it */
#define PGBGW_EVENT_LOST		(-2)

typedef struct pgbgw_event
{
	uint64		number;			/* and the kind, in the lowest bits */
	uint64		what;
} pgbgw_event;

typedef struct pgbgw_events
{
	pgbgw_bell	bell;			/* for all */
	uint64		commands;		/* in progress, that may wait for a database to have no sessions */
	uint64		prepared;		/* transactions with extensions that were prepared so far */
	uint64		written;		/* the number of events so far */
	pgbgw_event last[PGBGW_EVENTS];
} pgbgw_events;

extern int	pgbgw_events_install(void);
extern void pgbgw_events_init(pgbgw_events *memory);
extern void pgbgw_events_end(bool is_committed);
extern void pgbgw_events_abort_sub(void);
extern void pgbgw_events_prepare(void);
extern pgbgw_listener *pgbgw_events_listen(void);
extern uint64 pgbgw_events_commands(void);
extern uint64 pgbgw_events_written(const pgbgw_events *of);
extern int	pgbgw_events_read(const pgbgw_events *from, uint64 number, uint32 *first, uint32 *second);

/* bell.c: the number of this process among those of the server, and how another process wakes it. */
extern uint32 pgbgw_process_number(void);
extern void pgbgw_wake_process(uint32 process);

extern void pgbgw_exit(int code);
extern const void *pgbgw_magic(const char *name, const char *version);
extern int	pgbgw_is_background_worker(void);
extern void pgbgw_check_for_interrupts(void);
extern void *pgbgw_process_latch(void);
extern MemoryContext pgbgw_memory_context_switch_to(MemoryContext context);
extern Datum pgbgw_float4_get_datum(float value);
extern float pgbgw_datum_get_float4(Datum datum);
extern Datum pgbgw_float8_get_datum(double value);
extern double pgbgw_datum_get_float8(Datum datum);
extern Datum pgbgw_int64_get_datum(int64 value);
extern int64 pgbgw_datum_get_int64(Datum datum);
extern const void *pgbgw_varlena_data(const void *varlena);
extern Size pgbgw_varlena_size(const void *varlena);
extern void pgbgw_set_varlena_size(void *varlena, Size total);

#endif							/* POSTGRES_BGWORKER_SHIM_H */
