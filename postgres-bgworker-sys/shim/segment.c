/*
 * Segments of dynamic shared memory whose mapping belongs to the process, not to a transaction. C, because servers
 * before 10 make none without a resource owner, and outside a transaction there is none.
 */
#include "shim.h"

#if PG_VERSION_NUM >= 90500

/* A resource owner must be current before 10. Ours owns nothing for long: a pinned mapping has no owner. */
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
