/*
 * Segments of dynamic shared memory whose mapping belongs to the process, not to a transaction. C, because servers
 * before 10 need a resource owner to create one, and outside of a transaction there is none.
 */
#include "shim.h"

#if PG_VERSION_NUM >= 90500

#include <sys/mman.h>

/*
 * Another mapping of a part of a segment, of which the server is unaware: it remains when the process exits and the server
 * unmaps its own, because a thread may read it until the end. The server's main shared memory remains mapped in any case.
 * NULL where this is impossible: on other systems than Linux, and under valgrind.
 */
void *
pgbgw_map_again(void *address, Size size)
{
	void	   *again = NULL;

	if (ShmemAddrIsValid(address))
		return address;
#ifdef __linux__
	/* An old size of 0 means: map the same pages once more. */
	again = mremap(address, 0, size, MREMAP_MAYMOVE);
	if (again == MAP_FAILED)
		again = NULL;
#else
	(void) size;
#endif
	return again;
}

/* Before 10, a resource owner must be current. This one owns nothing afterwards: a pinned mapping has no owner. */
static ResourceOwner
enter(void)
{
	ResourceOwner outside = CurrentResourceOwner;

#if PG_VERSION_NUM < 100000
	static ResourceOwner ours = NULL;

	if (outside == NULL)
	{
		if (ours == NULL)
			ours = ResourceOwnerCreate(NULL, "postgres-bgworker segments");
		CurrentResourceOwner = ours;
	}
#endif
	return outside;
}

static dsm_segment *
leave(ResourceOwner outside, dsm_segment *segment)
{
	if (segment != NULL)
		dsm_pin_mapping(segment);
	CurrentResourceOwner = outside;
	return segment;
}

dsm_segment *
pgbgw_dsm_create(Size size)
{
	ResourceOwner outside = enter();

	return leave(outside, dsm_create(size, 0));
}

dsm_segment *
pgbgw_dsm_attach(uint32 handle)
{
	ResourceOwner outside = enter();

	return leave(outside, dsm_attach(handle));
}

#endif
