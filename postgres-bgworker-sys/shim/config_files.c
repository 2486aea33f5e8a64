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

static void
note_config_file(const char *path)
{
	char	  **more;
	char	   *copy;

	if (config_file_count > 0 && strcmp(config_files[config_file_count - 1], path) == 0)
		return;
	copy = strdup(path);
	more = realloc(config_files, sizeof(*config_files) * (config_file_count + 1));
	if (more != NULL)
		config_files = more;
	if (copy == NULL || more == NULL)
		elog(ERROR, "out of memory");
	config_files[config_file_count++] = copy;
}

/*
 * A file that is included later is missing in the list until the next start. That matters only if it changes and its
 * reload is lost, and then the worker has the old values until the next reload.
 */
void
pgbgw_note_config_files(void)
{
	ConfigVariable *head = NULL;
	ConfigVariable *tail = NULL;

	if (config_file_count > 0 || ConfigFileName == NULL)
		return;
#if PG_VERSION_NUM >= 90500
	if (!ParseConfigFile(ConfigFileName, true, NULL, 0, 0, DEBUG5, &head, &tail))
#else
	if (!ParseConfigFile(ConfigFileName, NULL, true, 0, DEBUG5, &head, &tail))
#endif
	{
		FreeConfigVariables(head);
		return;
	}
#if PG_VERSION_NUM >= 90400
	note_config_file(PG_AUTOCONF_FILENAME);
#endif
	note_config_file(ConfigFileName);
	for (ConfigVariable *item = head; item != NULL; item = item->next)
		if (item->filename != NULL)
			note_config_file(item->filename);
	FreeConfigVariables(head);
}

/* The time of the file is that of its change, or up to one tick of the kernel earlier. */
static bool
is_newer(const struct stat *file, TimestampTz read_at)
{
	TimestampTz changed = time_t_to_timestamptz(file->st_mtime);

#ifdef __linux__
	/* Without a fraction, the file system may not store one. */
	if (file->st_mtim.tv_nsec != 0)
		return changed + file->st_mtim.tv_nsec / 1000 > read_at;
#endif
	return changed + USECS_PER_SEC > read_at;
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

		if (stat(config_files[at], &file) != 0 || is_newer(&file, PgReloadTime))
			return true;
	}
	return false;
}
