/*
 * Identifies the portal of a cursor. The name does not suffice: SQL can close a portal and open another one of the
 * same name. C, because the structure of a portal is not bound.
 */
#include "shim.h"

#include "utils/portal.h"

/* This member is for portals of the protocol: no statement sets it, and the server does not read it in other portals. */
void
pgbgw_sign_portal(Portal portal, const char *sign)
{
	portal->prepStmtName = sign;
}

int
pgbgw_portal_is_signed(Portal portal, const char *sign)
{
	return portal->prepStmtName == sign;
}
