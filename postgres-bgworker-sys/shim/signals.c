/*
 * Signal handlers and the wait that serves them. C, because handlers run at any instruction: flags,
 * SetLatch, errno kept, nothing else; and because handler types and WaitLatch differ between majors.
 */
#include "shim.h"

#include "storage/procsignal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

/* Timers that raise a signal: everywhere but on Apple's systems and Windows. */
#if !defined(__APPLE__) && !defined(WIN32)
#define HAVE_STOP_TIMER 1
static timer_t stop_timer;
static bool stop_timer_exists = false;
#endif

static volatile sig_atomic_t terminating = 0;
static volatile sig_atomic_t reload_pending = 0;

/* The first wait returns at once: a loop that waits before it works has work when it starts. */
static bool is_first_wait = false;
static volatile int stop_budget = 0;

/* Where other processes see that SIGTERM came, also if the worker does not react. */
static volatile uint64 *volatile stop_place = NULL;
static struct timespec stop_deadline;

/* The number of SIGTERMs after the budget: the timer repeats it each second. */
static volatile sig_atomic_t ignored = 0;
static char blocked_message[256];
static volatile int blocked_length = 0;

/* Before 9.5, the latch is in shared memory, which an exiting process has detached. */
static void
wake_self(void)
{
#if PG_VERSION_NUM < 90500
	if (MyProc == NULL)
		return;
#endif
	SetLatch(PGBGW_LATCH);
}

/*
 * A signal goes to any thread that does not block it, and handlers access data of the main thread: other threads
 * forward it. (The main thread has the number of its process.)
 */
static bool
hand_on(int signal_number)
{
#ifdef __linux__
	const pid_t process = getpid();

	if (syscall(SYS_gettid) != process)
	{
		syscall(SYS_tgkill, process, process, signal_number);
		return true;
	}
#endif
	return false;
}

static pthread_t main_thread;

/* The exit code, once the server's exit callbacks that were registered after ours have run: 0 before. */
static volatile sig_atomic_t has_left = 0;
static volatile int exit_code = 1;

static void
note_exit(int code, Datum argument)
{
	(void) argument;
	exit_code = code;
	has_left = 1;
}

void
pgbgw_note_main_thread(void)
{
	static bool noted = false;

	if (noted)
		return;
	main_thread = pthread_self();
	on_proc_exit(note_exit, (Datum) 0);
	noted = true;
}

int
pgbgw_exit_is_over(void)
{
	return has_left;
}

/* In exit(): the server's own exit is over, or has not begun. */
void
pgbgw_leave(void)
{
	if (has_left)
		_exit(exit_code);
	proc_exit(1);
}

/*
 * exit() on another thread runs the server's exit there, on memory that the main thread uses. So that thread asks the
 * worker to stop, and stays here until the process ends. A C library that lets one thread exit at a time holds the main
 * thread up in its own exit() then, when everything is done that the server has to do; after a second this thread ends
 * the process for it.
 */
static void
exit_on_main_thread_only(void)
{
	const struct timespec nap = {0, 50 * 1000 * 1000};
	int			naps = 0;

	if (pthread_equal(pthread_self(), main_thread))
		return;
	pthread_kill(main_thread, SIGTERM);
	for (;;)
	{
		nanosleep(&nap, NULL);
		if (has_left && ++naps > 20)
			_exit(exit_code);
	}
}

static bool
stop_deadline_passed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > stop_deadline.tv_sec ||
		(now.tv_sec == stop_deadline.tv_sec && now.tv_nsec >= stop_deadline.tv_nsec);
}

static void
start_stop_budget(void)
{
	clock_gettime(CLOCK_MONOTONIC, &stop_deadline);
	stop_deadline.tv_sec += stop_budget / 1000;
	stop_deadline.tv_nsec += (stop_budget % 1000) * 1000000L;
	if (stop_deadline.tv_nsec >= 1000000000L)
	{
		stop_deadline.tv_sec++;
		stop_deadline.tv_nsec -= 1000000000L;
	}
#ifdef HAVE_STOP_TIMER
	if (stop_timer_exists)
	{
		/* Repeats, should one arrive while interrupts are held off. */
		struct itimerspec when = {.it_value = stop_deadline, .it_interval = {1, 0}};

		timer_settime(stop_timer, TIMER_ABSTIME, &when, NULL);
	}
#endif
}

/*
 * die needs an interrupt check, and a main function that blocks outside the server makes none. Nothing safe ends it, so
 * at least the log says so, once. Only write(2) can be called here; standard error is the log, or goes there.
 */
static void
say_blocked(void)
{
	if (ignored < 2)
		ignored++;
	else if (blocked_length > 0)
	{
		ssize_t		written = write(STDERR_FILENO, blocked_message, blocked_length);

		(void) written;
		blocked_length = 0;
	}
}

/*
 * The first SIGTERM is a request: the worker is marked, and what runs in the server is cancelled, which ends in
 * an ordinary error that Rust sees. One that comes after the budget is the server's own die.
 */
static void
handle_sigterm(SIGNAL_ARGS)
{
	int			save_errno = errno;

	if (hand_on(SIGTERM))
	{
		errno = save_errno;
		return;
	}
	if (!proc_exit_inprogress)
	{
		if (!terminating)
		{
			terminating = 1;
			if (stop_place != NULL)
				*stop_place = 1;
			start_stop_budget();
		}
		else if (stop_deadline_passed())
		{
			ProcDiePending = true;
			say_blocked();
		}
		InterruptPending = true;
		QueryCancelPending = true;
	}
	wake_self();
	errno = save_errno;
}

static void
handle_sighup(SIGNAL_ARGS)
{
	int			save_errno = errno;

	if (!hand_on(SIGHUP))
	{
		reload_pending = 1;
		wake_self();
	}
	errno = save_errno;
}

void
pgbgw_install_signal_handlers(int stop_budget_ms)
{
	stop_budget = stop_budget_ms;
#ifdef HAVE_STOP_TIMER
	{
		struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};

		stop_timer_exists = timer_create(CLOCK_MONOTONIC, &event, &stop_timer) == 0;
	}
#endif
#if PG_VERSION_NUM >= 90400 && PG_VERSION_NUM < 90600
	/* As later majors do always: the postmaster's notice of a worker's end sets the latch. */
	set_latch_on_sigusr1 = true;
#endif
	pgbgw_note_main_thread();
	atexit(exit_on_main_thread_only);

	/* The handler cannot format it. */
	blocked_length = Min((int) sizeof(blocked_message) - 1,
						 snprintf(blocked_message, sizeof(blocked_message),
								  "WARNING:  background worker \"%s\" [%d] has not ended after SIGTERM: its main function "
								  "blocks outside the server\n",
								  MyBgworkerEntry ? MyBgworkerEntry->bgw_name : "", (int) getpid()));
	pqsignal(SIGTERM, handle_sigterm);
	pqsignal(SIGHUP, handle_sighup);
	/* Ignored by default in workers without a database: barriers and notifications would starve. */
	pqsignal(SIGUSR1, procsignal_sigusr1_handler);

	is_first_wait = true;
	/* A reload between fork and here was lost with the ignored signal. */
	if (config_files_have_changed())
		reload_pending = 1;
}

void
pgbgw_set_stop_budget(int stop_budget_ms)
{
	stop_budget = stop_budget_ms;
}

void
pgbgw_show_stop(uint64 *place)
{
	stop_place = place;
	/* It came before. */
	if (place != NULL && terminating)
		*stop_place = 1;
}

int
pgbgw_is_terminating(void)
{
	return terminating;
}

/*
 * For a call that SIGTERM makes fail: a loop that tries again and again never waits, so this is where it is ended
 * when the budget is over.
 */
void
pgbgw_check_before_refusal(void)
{
	/* The refused caller learns of SIGTERM; the cancel that came with it applies to no statement. */
	if (terminating)
		QueryCancelPending = false;
	CHECK_FOR_INTERRUPTS();
}

/* Settings change here only: outside transactions, so that none changes under a running statement. */
int
pgbgw_serve_interrupts(void)
{
	int			served = 0;

	/* There is no statement that a cancel could apply to. */
	QueryCancelPending = false;
	CHECK_FOR_INTERRUPTS();
	if (is_first_wait)
	{
		is_first_wait = false;
		served |= PGBGW_WAKE_LATCH;
	}
	if (reload_pending)
	{
		reload_pending = 0;
		ProcessConfigFile(PGC_SIGHUP);
		served |= PGBGW_WAKE_RELOADED;
	}
	if (terminating)
		served |= PGBGW_WAKE_TERMINATING;
	return served;
}

/* One wait; WL_* bits became PGBGW_WAKE_* bits, and the latch is reset. */
static int
wait_on_latch(long timeout_ms, uint32 wait_event_info)
{
	int			events = WL_LATCH_SET | WL_POSTMASTER_DEATH;
	int			woken = 0;
	int			happened;

	if (timeout_ms >= 0)
		events |= WL_TIMEOUT;
#if PG_VERSION_NUM >= 100000
	if (wait_event_info == 0)
		wait_event_info = PG_WAIT_EXTENSION;
	happened = WaitLatch(PGBGW_LATCH, events, timeout_ms, wait_event_info);
#else
	happened = WaitLatch(PGBGW_LATCH, events, timeout_ms);
#endif
	if (happened & WL_POSTMASTER_DEATH)
		proc_exit(1);
	ResetLatch(PGBGW_LATCH);
	if (happened & WL_LATCH_SET)
		woken |= PGBGW_WAKE_LATCH;
	if (happened & WL_TIMEOUT)
		woken |= PGBGW_WAKE_TIMEOUT;
	return woken;
}

int
pgbgw_wait(long timeout_ms, uint32 wait_event_info)
{
	int			served = pgbgw_serve_interrupts();

	if (served & PGBGW_WAKE_TERMINATING)
		return served;
	if (served == 0)
		served = wait_on_latch(timeout_ms, wait_event_info);
	else
		/* Served events must be reported now, not only after the timeout. */
		served |= wait_on_latch(0, wait_event_info) & ~PGBGW_WAKE_TIMEOUT;
	return served | pgbgw_serve_interrupts();
}

/*
 * Here a cancel applies to the enclosing statement, so it is an error; settings stay as they are, and the reload is
 * served by the next wait outside of a transaction.
 */
int
pgbgw_wait_in_transaction(long timeout_ms, uint32 wait_event_info)
{
	int			woken;

	CHECK_FOR_INTERRUPTS();
	woken = wait_on_latch(timeout_ms, wait_event_info);
	CHECK_FOR_INTERRUPTS();
	return terminating ? woken | PGBGW_WAKE_TERMINATING : woken;
}
