/*
 * Another disk for one server: preloaded (LD_PRELOAD), it stands before what the server writes its files with. While the
 * file says so that the variable FAULTS_DISK names, nothing below the data directory can grow, or each call takes longer.
 *
 * A disk that is full still takes what overwrites a file. pg_wal is never full: without it no server goes on. What goes
 * through stdio (the server's log, init files) does not come here.
 */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The same numbers stand in disk.rs. */
enum
{
	FREE = 0,
	WATCHED = 1,
	FULL = 2,
	SLOW = 3
};

#define MOST_NOTED 1021

typedef struct
{
	int32_t		state;
	int32_t		milliseconds;	/* that each call takes longer while it is slow */
	uint32_t	noted;			/* how often a process was noted */
	int32_t		pids[MOST_NOTED];	/* a ring; negative those that were refused something */
} Disk;

static volatile Disk *disk;

static ssize_t (*real_write) (int, const void *, size_t);
static ssize_t (*real_pwrite) (int, const void *, size_t, off_t);
static ssize_t (*real_pwritev) (int, const struct iovec *, int, off_t);
static int	(*real_posix_fallocate) (int, off_t, off_t);
static int	(*real_ftruncate) (int, off_t);
static int	(*real_fsync) (int);
static int	(*real_fdatasync) (int);

static void
find(void)
{
	real_write = dlsym(RTLD_NEXT, "write");
	real_pwrite = dlsym(RTLD_NEXT, "pwrite");
	real_pwritev = dlsym(RTLD_NEXT, "pwritev");
	real_posix_fallocate = dlsym(RTLD_NEXT, "posix_fallocate");
	real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
	real_fsync = dlsym(RTLD_NEXT, "fsync");
	real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
}

/* Other constructors may write before ours is called; later every process has inherited what it found. */
#define REAL(function) (real_##function ? (void) 0 : find(), real_##function)

/* Once, in the first process: its children inherit the mapping. */
__attribute__((constructor)) static void
map(void)
{
	const char *path = getenv("FAULTS_DISK");
	int			file = path ? open(path, O_RDWR) : -1;
	void	   *mapped = MAP_FAILED;

	find();
	if (file >= 0)
	{
		mapped = mmap(NULL, sizeof(*disk), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		close(file);
	}
	if (mapped != MAP_FAILED)
		disk = mapped;
}

static void
note(bool allowed)
{
	uint32_t	number = __atomic_fetch_add(&disk->noted, 1, __ATOMIC_SEQ_CST);

	disk->pids[number % MOST_NOTED] = allowed ? getpid() : -getpid();
}

/* Where the file is below the data directory, in which each process of a server works; NULL for what is elsewhere. */
static const char *
place(int file, char *path, size_t size)
{
	char		link[64];
	char		data[PATH_MAX];
	size_t		prefix;
	ssize_t		length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	length = readlink(link, path, size - 1);
	if (length < 0 || !getcwd(data, sizeof(data)))
		return NULL;
	path[length] = '\0';
	prefix = strlen(data);
	if (strncmp(path, data, prefix) != 0 || path[prefix] != '/')
		return NULL;
	return path + prefix + 1;
}

/* As long as a disk would take: no signal makes it shorter. */
static void
wait_for_it(void)
{
	long		time = disk->milliseconds;
	struct timespec rest = {time / 1000, time % 1000 * 1000000};

	while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
		;
}

/* Called before what makes the file as long as `end`, -1 where it stays as it is. False when there is no space. */
static bool
let(int file, off_t end)
{
	int			state = disk ? disk->state : FREE;
	int			saved = errno;
	bool		allowed = true;
	struct stat status;
	char		path[PATH_MAX];
	const char *name;

	if (state == FREE)
		return true;
	if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && (name = place(file, path, sizeof(path))))
	{
		bool		grows = end > status.st_size;
		bool		wal = strncmp(name, "pg_wal/", 7) == 0 || strncmp(name, "pg_xlog/", 8) == 0;

		/* A new segment is filled before it is used, in thousands of small pieces by older servers. */
		if (grows && wal)
			;
		else if (state == SLOW)
		{
			note(true);
			wait_for_it();
		}
		else if (grows)
		{
			allowed = state != FULL;
			note(allowed);
		}
	}
	errno = allowed ? saved : ENOSPC;
	return allowed;
}

ssize_t
write(int file, const void *bytes, size_t length)
{
	bool		allowed = true;

	if (disk && disk->state != FREE)
	{
		int			saved = errno;
		off_t		from = lseek(file, 0, SEEK_CUR);

		errno = saved;
		/* What has no position is no file. */
		allowed = from < 0 || let(file, from + length);
	}
	return allowed ? REAL(write) (file, bytes, length) : -1;
}

ssize_t
pwrite(int file, const void *bytes, size_t length, off_t from)
{
	return let(file, from + length) ? REAL(pwrite) (file, bytes, length, from) : -1;
}

ssize_t
pwritev(int file, const struct iovec *pieces, int count, off_t from)
{
	off_t		end = from;

	for (int number = 0; number < count; number++)
		end += pieces[number].iov_len;
	return let(file, end) ? REAL(pwritev) (file, pieces, count, from) : -1;
}

/* The one that does not use errno. */
int
posix_fallocate(int file, off_t from, off_t length)
{
	return let(file, from + length) ? REAL(posix_fallocate) (file, from, length) : ENOSPC;
}

int
ftruncate(int file, off_t length)
{
	return let(file, length) ? REAL(ftruncate) (file, length) : -1;
}

int
fsync(int file)
{
	let(file, -1);
	return REAL(fsync) (file);
}

int
fdatasync(int file)
{
	let(file, -1);
	return REAL(fdatasync) (file);
}

/* Other names of the same, where the width of an offset is the same. */
#if defined(__GLIBC__) && defined(__LP64__)
ssize_t		pwrite64(int, const void *, size_t, off64_t) __attribute__((alias("pwrite")));
ssize_t		pwritev64(int, const struct iovec *, int, off64_t) __attribute__((alias("pwritev")));
int			posix_fallocate64(int, off64_t, off64_t) __attribute__((alias("posix_fallocate")));
int			ftruncate64(int, off64_t) __attribute__((alias("ftruncate")));
#endif
