/*
 * What happens when a transaction commits: messages are sent, and bells are rung. C, because it runs in the callbacks of the end of a
 * transaction, where nothing may raise an error, allocate memory or take a lock, and where no code of the program runs.
 */
#include "shim.h"

#if PG_VERSION_NUM >= 90500
#include "access/parallel.h"
#endif

static pgbgw_request *requests = NULL;

/* The queues that get messages at commit. */
static pgbgw_sender *senders = NULL;

static void
carry_out_requests(void)
{
	for (; senders != NULL; senders = senders->next)
		if (senders->newest != 0)
			queue_send_kept(senders);
	for (; requests != NULL; requests = requests->next)
	{
		requests->level = InvalidSubTransactionId;
		bell_ring(requests->bell);
	}
}

/* Forgets what was requested in this subtransaction, or in one inside it, whose number is higher. */
static void
forget_requests(SubTransactionId level)
{
	pgbgw_request **at = &requests;
	pgbgw_sender *sender;

	for (sender = senders; sender != NULL; sender = sender->next)
		queue_forget_kept(sender, level);
	if (level == InvalidSubTransactionId)
		senders = NULL;
	while (*at != NULL)
	{
		if ((*at)->level >= level)
		{
			(*at)->level = InvalidSubTransactionId;
			*at = (*at)->next;
		}
		else
			at = &(*at)->next;
	}
}

static bool
has_messages(void)
{
	pgbgw_sender *sender;

	for (sender = senders; sender != NULL; sender = sender->next)
		if (sender->newest != 0)
			return true;
	return false;
}

static void
at_end(XactEvent event, void *argument)
{
	(void) argument;
	switch (event)
	{
		case XACT_EVENT_COMMIT:
			carry_out_requests();
			pgbgw_events_end(true);
			break;
		case XACT_EVENT_PREPARE:
			pgbgw_events_prepare();
			forget_requests(InvalidSubTransactionId);
			pgbgw_events_end(false);
			break;
		case XACT_EVENT_PRE_PREPARE:
			/* Here errors are allowed. COMMIT PREPARED does not know of this process, which may have ended. */
			if (requests != NULL || has_messages())
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot PREPARE a transaction that rings a bell or sends a message at commit")));
			break;
		case XACT_EVENT_PRE_COMMIT:
			break;
#if PG_VERSION_NUM >= 90500
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			break;
#endif
		default:
			forget_requests(InvalidSubTransactionId);
			pgbgw_events_end(false);
			break;
	}
}

static void
at_end_of_subtransaction(SubXactEvent event, SubTransactionId level, SubTransactionId parent, void *argument)
{
	pgbgw_request *request;
	pgbgw_sender *sender;
	uint64		message;

	(void) argument;
	if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		forget_requests(level);
		pgbgw_events_abort_sub();
	}
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
	{
		for (sender = senders; sender != NULL; sender = sender->next)
			for (message = sender->newest; message != 0; message = BLOCK(sender->queue, message)->older)
			{
				if (BLOCK(sender->queue, message)->level < level)
					break;
				BLOCK(sender->queue, message)->level = parent;
			}
		for (request = requests; request != NULL; request = request->next)
			if (request->level >= level)
				request->level = parent;
	}
}

void
pgbgw_watch_commits(void)
{
	static bool watches = false;
	static bool watches_subtransactions = false;

	if (!watches_subtransactions)
		RegisterSubXactCallback(at_end_of_subtransaction, NULL);
	watches_subtransactions = true;
	if (!watches)
		RegisterXactCallback(at_end, NULL);
	watches = true;
}

/* Whether a transaction is open at whose end the callbacks are called. */
static void
check_can_request(void)
{
#if PG_VERSION_NUM >= 90500
	if (IsParallelWorker())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("cannot ring a bell or send a message at commit in a parallel worker"),
				 errhint("Declare the function PARALLEL UNSAFE or PARALLEL RESTRICTED.")));
#endif
	pgbgw_watch_commits();
}

void
pgbgw_bell_ring_at_commit(pgbgw_request *request, pgbgw_bell *bell)
{
	/* A request belongs to this subtransaction, or to one around it, which lives at least as long. */
	if (request->level != InvalidSubTransactionId)
		return;
	check_can_request();
	request->bell = bell;
	request->level = GetCurrentSubTransactionId();
	request->next = requests;
	requests = request;
}

int
pgbgw_queue_send_at_commit(pgbgw_sender *sender, pgbgw_queue *queue, const char *data, uint64 length)
{
	uint64		message;

	check_can_request();
	message = queue_write(queue, data, length);
	if (message == 0)
		return 0;
	if (sender->newest == 0)
	{
		pgbgw_sender *known = senders;

		while (known != NULL && known != sender)
			known = known->next;
		if (known == NULL)
		{
			sender->next = senders;
			senders = sender;
		}
	}
	sender->queue = queue;
	queue_keep(sender, message, GetCurrentSubTransactionId());
	return 1;
}
