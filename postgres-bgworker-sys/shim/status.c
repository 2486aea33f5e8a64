/*
 * What the state of workers is made of: where the tables of all libraries are, whether a process is alive, and who may read texts. C,
 * because the list of processes is not bound, and because the name of a role changed.
 */
#include "shim.h"

#include "commands/dbcommands.h"
#include "storage/proc.h"
#include "utils/acl.h"

/* pg_read_all_stats of pg_authid.dat, in all majors that have it. */
#define READ_ALL_STATS 3375

void **
pgbgw_rendezvous(const char *name)
{
	return find_rendezvous_variable(name);
}

int
pgbgw_own_proc(void)
{
	return MyProc == NULL ? -1 : (int) (MyProc - ProcGlobal->allProcs);
}

/* Without a lock: a process can end after any answer. After a crash the server makes a new list, in which no process is an old one. */
int
pgbgw_proc_is(int number, int pid)
{
	if (ProcGlobal == NULL || number < 0 || (uint32) number >= ProcGlobal->allProcCount)
		return 0;
	return ((volatile PGPROC *) &ProcGlobal->allProcs[number])->pid == pid;
}

/* Whether a wait for the latch returns at once. */
int
pgbgw_latch_is_set(void)
{
	return PGBGW_LATCH->is_set != 0;
}

int
pgbgw_may_read_all_stats(void)
{
#if PG_VERSION_NUM >= 100000
	return has_privs_of_role(GetUserId(), READ_ALL_STATS);
#else
	return superuser();
#endif
}

char *
pgbgw_database_name(Oid database)
{
	return get_database_name(database);
}
