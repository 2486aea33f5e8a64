/*
 * Cancels a transaction: when its time limit is over, or when another thread asks for it. C, because both set flags in signal
 * handlers. Included after signals.c, whose helpers it uses.
 */
#include "shim.h"

/* The transaction that handles were made for, as a number that is never used again, or 0. Read by the other threads. */
static uint64 cancelable = 0;

/* The transaction that was last asked to be canceled. Written by the other threads. */
static uint64 canceled = 0;

static uint64 last_number = 0;

static volatile sig_atomic_t limit_is_over = 0;

/*
 * QueryCancelPending was set here, and nothing else had set it. Stays set when the server has raised the error, because a second
 * signal may set QueryCancelPending again at any moment.
 */
static volatile sig_atomic_t is_ours = 0;

static bool has_timer = false;
static TimeoutId timer;

static void
cancel_now(void)
{
	if (proc_exit_inprogress)
		return;
	if (!QueryCancelPending)
		is_ours = 1;
	QueryCancelPending = true;
	InterruptPending = true;
	wake_self();
}

static void
end_limit(void)
{
	limit_is_over = 1;
	cancel_now();
}

static uint64
current_transaction(void)
{
	return __atomic_load_n(&cancelable, __ATOMIC_SEQ_CST);
}

static bool
is_canceled(void)
{
	const uint64 current = current_transaction();

	return current != 0 && __atomic_load_n(&canceled, __ATOMIC_SEQ_CST) == current;
}

static void
handle_cancel(int number)
{
	const int	save_errno = errno;

	if (!hand_on(number) && is_canceled())
		cancel_now();
	errno = save_errno;
}

/* The signal with which other threads interrupt this one, or 0. */
static int	cancel_signal = 0;

/*
 * SIGUSR2, which the server ignores in most processes. A WAL sender and a parallel apply worker are stopped with it, so there it is
 * a real-time signal, of which the server uses none.
 */
static int
unused_signal(void)
{
	struct sigaction action;

	if (sigaction(SIGUSR2, NULL, &action) == 0 && (action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL))
		return SIGUSR2;
#ifdef SIGRTMIN
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
			return number;
#endif
	return SIGUSR2;
}

uint64
pgbgw_make_cancelable(void)
{
	if (cancel_signal == 0)
	{
		struct sigaction action = {.sa_handler = handle_cancel, .sa_flags = SA_RESTART};

		sigemptyset(&action.sa_mask);
		cancel_signal = unused_signal();
		sigaction(cancel_signal, &action, NULL);
	}
	if (current_transaction() == 0)
		__atomic_store_n(&cancelable, ++last_number, __ATOMIC_SEQ_CST);
	return current_transaction();
}

/* On any thread. A request for an older transaction must not replace one for a newer transaction. */
int
pgbgw_cancel(uint64 transaction)
{
	uint64		before = __atomic_load_n(&canceled, __ATOMIC_SEQ_CST);

	if (current_transaction() != transaction)
		return 0;
	while (before < transaction &&
		   !__atomic_compare_exchange_n(&canceled, &before, transaction, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	pthread_kill(main_thread, cancel_signal);
	return current_transaction() == transaction;
}

int
pgbgw_cancel_reason(void)
{
	if (limit_is_over)
		return PGBGW_LIMIT_IS_OVER;
	return is_canceled() ? PGBGW_IS_CANCELED : PGBGW_NOT_CANCELED;
}

static void
forget(void)
{
	if (is_ours && !terminating)
		QueryCancelPending = false;
	is_ours = 0;
}

void
pgbgw_set_limit(int milliseconds)
{
	if (has_timer)
		disable_timeout(timer, false);
	if (limit_is_over && !is_canceled())
		forget();
	limit_is_over = milliseconds == 0;
	if (milliseconds <= 0)
		return;
	if (!has_timer)
	{
		timer = RegisterTimeout(USER_TIMEOUT, end_limit);
		has_timer = true;
	}
	enable_timeout_after(timer, milliseconds);
}

void
pgbgw_end_cancelable(void)
{
	if (has_timer)
		disable_timeout(timer, false);
	__atomic_store_n(&cancelable, 0, __ATOMIC_SEQ_CST);
	limit_is_over = 0;
	forget();
}
