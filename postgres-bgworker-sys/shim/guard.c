/*
 * The one place where a server error meets Rust. sigsetjmp returns twice, which only a C compiler
 * knows about; so this frame calls it, and between it and the server there are only
 * frames with nothing to drop.
 *
 * The file is compiled with -fexceptions: a Rust panic in the body unwinds through pgbgw_try, whose
 * cleanup puts the server's handler stack back before the panic goes on.
 */
#include "shim.h"

#include <setjmp.h>

typedef struct handlers
{
	sigjmp_buf *exception_stack;
	ErrorContextCallback *context_stack;
} handlers;

static void
restore_handlers(handlers *saved)
{
	PG_exception_stack = saved->exception_stack;
	error_context_stack = saved->context_stack;
}

/* The message if there is no memory to copy the error. */
static ErrorData copy_failed = {
	.message = "a server error could not be copied: out of memory"
};

/* Copies the error into the current context, and ends its processing. Cannot raise. */
static ErrorData *
take_error(void)
{
	handlers	saved = {PG_exception_stack, error_context_stack};
	ErrorData  *volatile error = &copy_failed;
	sigjmp_buf	here;

	if (sigsetjmp(here, 0) == 0)
	{
		PG_exception_stack = &here;
		error = CopyErrorData();
	}
	restore_handlers(&saved);
	FlushErrorState();
	copy_failed.elevel = ERROR;
	copy_failed.sqlerrcode = ERRCODE_OUT_OF_MEMORY;
	return error;
}

/*
 * Copies what CopyErrorData copies as pointers. They are constants of C in most errors, but those of an error of a
 * parallel worker are in a context that the server resets. Cannot raise: without memory they are null.
 */
static void
own_pointers(ErrorData *error, MemoryContext memory)
{
	handlers	saved = {PG_exception_stack, error_context_stack};
	const MemoryContext current = CurrentMemoryContext;
	const char *const pointers[] = {error->filename, error->funcname, error->domain, error->message};
	const char *volatile copies[lengthof(pointers)] = {NULL};
	sigjmp_buf	here;
	int			i;

	if (sigsetjmp(here, 0) == 0)
	{
		PG_exception_stack = &here;
		for (i = 0; i < (int) lengthof(pointers); i++)
			copies[i] = pointers[i] ? MemoryContextStrdup(memory, pointers[i]) : NULL;
	}
	else
		FlushErrorState();
	restore_handlers(&saved);
	MemoryContextSwitchTo(current);
	error->filename = copies[0];
	error->funcname = copies[1];
	error->domain = copies[2];
	/* Only for translations of a context that is being made. */
	error->context_domain = copies[2];
#if PG_VERSION_NUM >= 90600
	error->message_id = copies[3];
#endif
}

/*
 * Like take_error, into a context of its own: for an owner in Rust, who does not know about the lives of contexts. The
 * context is deleted as a whole, because FreeErrorData leaves parts of a copy.
 */
static ErrorData *
take_owned_error(void)
{
	handlers	saved = {PG_exception_stack, error_context_stack};
	const MemoryContext current = CurrentMemoryContext;
	MemoryContext volatile memory = NULL;
	ErrorData  *error;
	sigjmp_buf	here;

	if (sigsetjmp(here, 0) == 0)
	{
		PG_exception_stack = &here;
		memory = AllocSetContextCreate(TopMemoryContext, "postgres-bgworker error", ALLOCSET_SMALL_MINSIZE,
									   ALLOCSET_SMALL_INITSIZE, ALLOCSET_SMALL_MAXSIZE);
	}
	restore_handlers(&saved);
	if (memory == NULL)
	{
		MemoryContextSwitchTo(current);
		FlushErrorState();
		copy_failed.elevel = ERROR;
		copy_failed.sqlerrcode = ERRCODE_OUT_OF_MEMORY;
		return &copy_failed;
	}
	MemoryContextSwitchTo(memory);
	error = take_error();
	MemoryContextSwitchTo(current);
	if (error == &copy_failed)
		MemoryContextDelete(memory);
	else
		own_pointers(error, memory);
	return error;
}

#ifdef PGBGW_STRESS
/*
 * The stress build: guarded calls fail at random, so that every path after an error is exercised. Settings of the
 * server specify the rate (one call in N) and the seed. Without them no call fails.
 */
static uint32
setting(const char *name)
{
	const char *value = GetConfigOption(name, true, false);

	return value ? (uint32) strtoul(value, NULL, 10) : 0;
}

static void
fail_at_random(void)
{
	static uint32 one_in = 0;
	static uint32 state = 0;
	static uint32 calls = 0;

	if (!IsUnderPostmaster || MyBgworkerEntry == NULL || proc_exit_inprogress)
		return;
	if (calls++ == 0)
	{
		one_in = setting("bgworker_stress.one_in");
		state = setting("bgworker_stress.seed") * 2654435761u + (uint32) MyProcPid;
	}
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	if (one_in > 0 && state % one_in == 0)
		ereport(ERROR, (errmsg("stress: guarded call %u fails on purpose", calls)));
}
#endif

/*
 * Takes the error. Afterwards, all is as before the call: a copy that failed has set the counts and the context once more.
 * A function of its own, so that calls without an error do not save registers for it.
 */
static __attribute__((noinline, cold)) ErrorData *
caught(MemoryContext memory, ResourceOwner owner, uint32 interrupt_holdoff, uint32 cancel_holdoff, ErrorData *(*take) (void))
{
	ErrorData  *error;

	MemoryContextSwitchTo(memory);
	error = take();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
	InterruptHoldoffCount = interrupt_holdoff;
#if PG_VERSION_NUM >= 90500
	QueryCancelHoldoffCount = cancel_holdoff;
#else
	(void) cancel_holdoff;
#endif
	return error;
}

/*
 * "around" is what is current after an error, and outlives it; null means what is current now. A body that
 * ends a transaction deletes what is current now, so its caller must pass "around".
 */
ErrorData *
pgbgw_try_around(void (*body) (void *), void *argument, const pgbgw_around *around)
{
	handlers	saved __attribute__((cleanup(restore_handlers))) = {PG_exception_stack, error_context_stack};
	const pgbgw_around after = around ? *around : (pgbgw_around) {CurrentMemoryContext, CurrentResourceOwner};
	const uint32 interrupt_holdoff = InterruptHoldoffCount;
#if PG_VERSION_NUM >= 90500
	const uint32 cancel_holdoff = QueryCancelHoldoffCount;
#endif
	sigjmp_buf	here;

	if (sigsetjmp(here, 0) == 0)
	{
		PG_exception_stack = &here;
#ifdef PGBGW_STRESS
		fail_at_random();
#endif
		body(argument);
		return NULL;
	}

	/*
	 * The server has set the hold-off counts to zero and the context to ErrorContext; the resource owner is the one of
	 * whatever raised the error. The code that raised the counts before this call still relies on them.
	 */
	restore_handlers(&saved);
#if PG_VERSION_NUM >= 90500
	return caught(after.memory, after.owner, interrupt_holdoff, cancel_holdoff, take_error);
#else
	return caught(after.memory, after.owner, interrupt_holdoff, 0, take_error);
#endif
}

ErrorData *
pgbgw_try(void (*body) (void *), void *argument)
{
	return pgbgw_try_around(body, argument, NULL);
}

/* Like pgbgw_try. Not a call of it, which would cost more than the rest. */
ErrorData *
pgbgw_catch(void (*body) (void *), void *argument)
{
	handlers	saved __attribute__((cleanup(restore_handlers))) = {PG_exception_stack, error_context_stack};
	const pgbgw_around after = {CurrentMemoryContext, CurrentResourceOwner};
	const uint32 interrupt_holdoff = InterruptHoldoffCount;
#if PG_VERSION_NUM >= 90500
	const uint32 cancel_holdoff = QueryCancelHoldoffCount;
#endif
	sigjmp_buf	here;

	if (sigsetjmp(here, 0) == 0)
	{
		PG_exception_stack = &here;
		body(argument);
		return NULL;
	}
	restore_handlers(&saved);
#if PG_VERSION_NUM >= 90500
	return caught(after.memory, after.owner, interrupt_holdoff, cancel_holdoff, take_owned_error);
#else
	return caught(after.memory, after.owner, interrupt_holdoff, 0, take_owned_error);
#endif
}

void
pgbgw_free_error(ErrorData *error)
{
	if (error != &copy_failed)
		FreeErrorData(error);
}

void
pgbgw_drop_error(ErrorData *error)
{
	if (error != &copy_failed)
		MemoryContextDelete(GetMemoryChunkContext(error));
}

/*
 * The server copies the error again, and cannot free the first copy. So its jump ends here once, and the second jump is the
 * one to the caller's handler. The counts are those that errfinish leaves, because the handler releases the locks that
 * raised them.
 */
void
pgbgw_rethrow(ErrorData *error)
{
	sigjmp_buf *const exception_stack = PG_exception_stack;
	sigjmp_buf	here;

	/* Its fields say that it was sent, so that no one would see it. */
	if (error == &copy_failed)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg_internal("%s", error->message)));
	/* As for each error in a critical section. */
	if (CritSectionCount > 0)
		elog(PANIC, "%s", error->message);
	/* The handler sends the error when its copy is gone. */
	own_pointers(error, ErrorContext);
	if (sigsetjmp(here, 0) == 0)
	{
		PG_exception_stack = &here;
		ReThrowError(error);
	}
	PG_exception_stack = exception_stack;
	pgbgw_drop_error(error);
	InterruptHoldoffCount = 0;
#if PG_VERSION_NUM >= 90500
	QueryCancelHoldoffCount = 0;
#endif
	PG_RE_THROW();
}
