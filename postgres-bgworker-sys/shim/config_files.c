/*
 * Whether a worker may have missed a reload.
 *
 * The server starts a worker with SIGHUP ignored, so a reload between the fork and the worker's first handler is
 * lost. A worker that always read the configuration again would need 0.3 ms more for its start, and memory for each
 * page of settings. So it does that only if a file has changed since the postmaster has read it.
 */
#include "shim.h"

#include <sys/stat.h>

#include "utils/guc.h"
#include "utils/timestamp.h"

/* Noted by the postmaster while it preloads the library. Its children inherit the list. */
static char **config_files = NULL;
static int	config_file_count = 0;

static bool
note_config_file(const char *path)
{
	char	  **more;
	char	   *copy;

	for (int at = 0; at < config_file_count; at++)
		if (strcmp(config_files[at], path) == 0)
			return true;
	more = realloc(config_files, sizeof(*config_files) * (config_file_count + 1));
	if (more == NULL)
		return false;
	config_files = more;
	copy = strdup(path);
	if (copy == NULL)
		return false;
	config_files[config_file_count++] = copy;
	return true;
}

/* With its directory, where other files that it includes appear. The data directory changes all the time. */
static bool
note_with_directory(const char *path)
{
	char		directory[MAXPGPATH];
	const size_t size = strlen(path) + 1;

	/* strlcpy is the server's own or that of its C library, which may not be here. */
	if (size > sizeof(directory))
		return false;
	memcpy(directory, path, size);
	get_parent_directory(directory);
	return note_config_file(path) && (strcmp(directory, DataDir) == 0 || note_config_file(directory));
}

static bool
note_all(ConfigVariable *item)
{
#if PG_VERSION_NUM >= 90400
	/* In the data directory, which is the current one. */
	if (!note_config_file(PG_AUTOCONF_FILENAME))
		return false;
#endif
	if (!note_with_directory(ConfigFileName))
		return false;
	for (; item != NULL; item = item->next)
		if (item->filename != NULL && !note_with_directory(item->filename))
			return false;
	return true;
}

/*
 * A file without a setting is not in the list, and neither is one that is included later. That matters only if such a file
 * changes and its reload is lost. Then the worker has the old values until the next reload. A missing file of
 * include_if_exists is logged once more.
 */
void
pgbgw_note_config_files(void)
{
	ConfigVariable *head = NULL;
	ConfigVariable *tail = NULL;
	bool		is_complete;

	if (config_file_count > 0 || ConfigFileName == NULL)
		return;
#if PG_VERSION_NUM >= 90500
	is_complete = ParseConfigFile(ConfigFileName, true, NULL, 0, 0, DEBUG5, &head, &tail);
#else
	is_complete = ParseConfigFile(ConfigFileName, NULL, true, 0, DEBUG5, &head, &tail);
#endif
	if (!is_complete || !note_all(head))
		config_file_count = 0;
	FreeConfigVariables(head);
}

/* The kernel's time of a change is up to one tick early. Without a fraction, the file system may not store one. */
static bool
is_later(time_t seconds, long nanoseconds, TimestampTz read_at)
{
	const TimestampTz changed = time_t_to_timestamptz(seconds);

	return changed + (nanoseconds != 0 ? nanoseconds / 1000 : USECS_PER_SEC) > read_at;
}

/* A renamed file has an old time of modification, so the time of the change of its state counts, too. */
static bool
has_changed(const struct stat *file, TimestampTz read_at)
{
#ifdef __linux__
	return is_later(file->st_mtim.tv_sec, file->st_mtim.tv_nsec, read_at) ||
		is_later(file->st_ctim.tv_sec, file->st_ctim.tv_nsec, read_at);
#else
	return is_later(file->st_mtime, 0, read_at) || is_later(file->st_ctime, 0, read_at);
#endif
}

/* Returns true if that is not known. Cannot raise. */
static bool
config_files_have_changed(void)
{
	if (config_file_count == 0)
		return true;
	for (int at = 0; at < config_file_count; at++)
	{
		struct stat file;
		struct stat link;

		if (stat(config_files[at], &file) != 0 || lstat(config_files[at], &link) != 0 ||
			has_changed(&file, PgReloadTime) || has_changed(&link, PgReloadTime))
			return true;
	}
	return false;
}
