/*
 * A simulated disk for one server. Preloaded with LD_PRELOAD, it replaces the functions that the server writes files
 * with. The file FAULTS_DISK decides whether no file below the data directory can grow, or each call takes longer.
 *
 * A full disk still accepts overwrites. pg_wal is never full, because no server can continue without it. Output
 * through stdio (the server's log, init files) is not intercepted.
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

/* The same numbers are in disk.rs. */
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
	int32_t		milliseconds;	/* delay of each call while the disk is slow */
	uint32_t	noted;			/* how often a process was recorded */
	int32_t		pids[MOST_NOTED];	/* a ring; negative if denied space */
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

/* Other constructors may write before this one runs; later every process inherits its result. */
#define REAL(function) (real_##function ? (void) 0 : find(), real_##function)

/* Runs once, in the first process; its children inherit the mapping. */
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

/* Returns the file's path relative to the data directory (the working directory of each process); NULL if it is elsewhere. */
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

/* Delays like a disk: signals do not interrupt it. */
static void
wait_for_it(void)
{
	long		time = disk->milliseconds;
	struct timespec rest = {time / 1000, time % 1000 * 1000000};

	while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
		;
}

/* Called before a call that extends the file to `end`, or -1 if it does not. Returns false if there is no space. */
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

		/* A new segment is filled before its use; older servers do so in thousands of small pieces. */
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
		/* A descriptor without a position is not a file. */
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

/* This function does not use errno. */
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

/* Other names of the same functions, if the width of an offset is the same. */
#if defined(__GLIBC__) && defined(__LP64__)
ssize_t		pwrite64(int, const void *, size_t, off64_t) __attribute__((alias("pwrite")));
ssize_t		pwritev64(int, const struct iovec *, int, off64_t) __attribute__((alias("pwritev")));
int			posix_fallocate64(int, off64_t, off64_t) __attribute__((alias("posix_fallocate")));
int			ftruncate64(int, off64_t) __attribute__((alias("ftruncate")));
#endif
