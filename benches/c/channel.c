/* Messages to another worker and back, through two queues in dynamic shared memory, like the server's test_shm_mq. */
#include "common.h"

#include "storage/dsm.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"

PGDLLEXPORT void bench_peer(Datum argument);

typedef struct Channel
{
	dsm_segment *segment;
	shm_mq_handle *out;
	shm_mq_handle *in;
	BackgroundWorkerHandle *worker;
} Channel;

static void
put(Channel *channel, const void *message, Size length)
{
#if PG_VERSION_NUM >= 150000
	if (shm_mq_send(channel->out, length, message, false, true) != SHM_MQ_SUCCESS)
#else
	if (shm_mq_send(channel->out, length, (void *) message, false) != SHM_MQ_SUCCESS)
#endif
		elog(ERROR, "the other end has gone");
}

static Size
take(Channel *channel)
{
	Size		length;
	void	   *message;

	if (shm_mq_receive(channel->in, &length, &message, false) != SHM_MQ_SUCCESS)
		elog(ERROR, "the other end has gone");
	sink += length;
	return length;
}

static Channel
open_channel(Size ring)
{
	Channel		channel;
	char	   *start;
	shm_mq	   *out;
	shm_mq	   *in;

	if (CurrentResourceOwner == NULL)
		CurrentResourceOwner = ResourceOwnerCreate(NULL, "bench");
	channel.segment = dsm_create(2 * ring, 0);
	dsm_pin_mapping(channel.segment);
	start = dsm_segment_address(channel.segment);
	out = shm_mq_create(start, ring);
	in = shm_mq_create(start + ring, ring);
	shm_mq_set_sender(out, MyProc);
	shm_mq_set_receiver(in, MyProc);
	channel.worker = launch("bench_peer", 0, UInt32GetDatum(dsm_segment_handle(channel.segment)));
	channel.out = shm_mq_attach(out, channel.segment, channel.worker);
	channel.in = shm_mq_attach(in, channel.segment, channel.worker);
	return channel;
}

/* One byte marks the end, and the other side confirms it. */
static void
close_channel(Channel *channel)
{
	put(channel, "", 1);
	take(channel);
}

static void
free_channel(Channel *channel)
{
	WaitForBackgroundWorkerShutdown(channel->worker);
	dsm_detach(channel->segment);
	pfree(channel->out);
	pfree(channel->in);
	pfree(channel->worker);
}

/* Echoes messages of eight bytes and the final one-byte message; only receives all others. */
void
bench_peer(Datum argument)
{
	Channel		channel;
	shm_mq	   *in;
	shm_mq	   *out;
	Size		ring;
	Size		length;

	BackgroundWorkerUnblockSignals();
	CurrentResourceOwner = ResourceOwnerCreate(NULL, "bench");
	channel.segment = dsm_attach(DatumGetUInt32(argument));
	if (channel.segment == NULL)
		elog(ERROR, "the other end has gone");
	ring = dsm_segment_map_length(channel.segment) / 2;
	in = dsm_segment_address(channel.segment);
	out = (shm_mq *) ((char *) in + ring);
	shm_mq_set_receiver(in, MyProc);
	shm_mq_set_sender(out, MyProc);
	channel.in = shm_mq_attach(in, channel.segment, NULL);
	channel.out = shm_mq_attach(out, channel.segment, NULL);
	do
	{
		length = take(&channel);
		if (length <= 8)
			put(&channel, "12345678", length);
	} while (length > 1);
	dsm_detach(channel.segment);
}

static int64
messages(int64 n, Size size, Size ring)
{
	Channel		channel = open_channel(ring);
	char	   *message = MemoryContextAllocHuge(TopMemoryContext, size);
	int64		start;

	memset(message, 'x', size);
	/* Waits until the other worker is attached. */
	put(&channel, message, 8);
	take(&channel);
	start = now_ns();
	for (int64 i = 0; i < n; i++)
		put(&channel, message, size);
	close_channel(&channel);
	start = now_ns() - start;
	free_channel(&channel);
	pfree(message);
	return start;
}

/* Returns n times the given percentile. */
static int64
echo(int64 n, int percent)
{
	Channel		channel = open_channel(1 << 20);
	int64	   *times = MemoryContextAlloc(TopMemoryContext, n * sizeof(int64));
	int64		result;

	put(&channel, "12345678", 8);
	take(&channel);
	for (int64 i = 0; i < n; i++)
	{
		int64		start = now_ns();

		put(&channel, "12345678", 8);
		take(&channel);
		times[i] = now_ns() - start;
	}
	close_channel(&channel);
	free_channel(&channel);
	result = n * percentile(times, n, percent);
	pfree(times);
	return result;
}

#define MESSAGES(name, size, ring) \
	static int64 row_##name(int64 n) { return messages(n, size, ring); }

MESSAGES(channel_16, 16, 1 << 20)
MESSAGES(channel_1k, 1024, 1 << 20)
MESSAGES(channel_8k, 8192, 1 << 20)
MESSAGES(channel_8k_ring_64k, 8192, 1 << 16)
MESSAGES(channel_64k, 1 << 16, 1 << 20)
MESSAGES(channel_1m, 1 << 20, 1 << 20)
MESSAGES(channel_16m, 1 << 24, 1 << 20)
MESSAGES(channel_16m_ring_16m, 1 << 24, 1 << 24)

static int64
row_echo_p50(int64 n)
{
	return echo(n, 50);
}

static int64
row_echo_p99(int64 n)
{
	return echo(n, 99);
}

const Row channel_rows[] = {
	{"channel_16", row_channel_16},
	{"channel_1k", row_channel_1k},
	{"channel_8k", row_channel_8k},
	{"channel_8k_ring_64k", row_channel_8k_ring_64k},
	{"channel_64k", row_channel_64k},
	{"channel_1m", row_channel_1m},
	{"channel_16m", row_channel_16m},
	{"channel_16m_ring_16m", row_channel_16m_ring_16m},
	{"echo_p50", row_echo_p50},
	{"echo_p99", row_echo_p99},
	{"echo_p50_busy", row_echo_p50},
	{"echo_p99_busy", row_echo_p99},
	{NULL, NULL}
};
