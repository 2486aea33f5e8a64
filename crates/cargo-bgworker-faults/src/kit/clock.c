/*
 * A simulated clock for one server. Preloaded with LD_PRELOAD, it adds the number of seconds in the file
 * FAULTS_CLOCK to the time of day. It changes neither the machine's clock nor the monotonic clock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift;

/* Runs once, in the first process; its children inherit the mapping. */
__attribute__((constructor)) static void
map(void)
{
	const char *path = getenv("FAULTS_CLOCK");
	int			file = path ? open(path, O_RDONLY) : -1;
	void	   *mapped = MAP_FAILED;

	if (file >= 0)
	{
		mapped = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, file, 0);
		close(file);
	}
	if (mapped != MAP_FAILED)
		shift = mapped;
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int			result = syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && shift && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += *shift;
	return result;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;
	int			result = clock_gettime(CLOCK_REALTIME, &precise);

	(void) zone;
	if (result == 0)
	{
		now->tv_sec = precise.tv_sec;
		now->tv_usec = precise.tv_nsec / 1000;
	}
	return result;
}

time_t
time(time_t *seconds)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	if (seconds)
		*seconds = now.tv_sec;
	return now.tv_sec;
}
