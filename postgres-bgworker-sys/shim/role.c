/*
 * Changes the user temporarily. C, because the function that checks who may SET ROLE is a different one since 16, and because the flags
 * of a security context are macros.
 */
#include "shim.h"

#include "utils/acl.h"
#include "utils/syscache.h"

int
pgbgw_become(const char *name, Oid role, pgbgw_identity *before)
{
	if (name != NULL)
		role = get_role_oid(name, true);
	else if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		role = InvalidOid;
	if (!OidIsValid(role))
		return PGBGW_NO_SUCH_ROLE;
#if PG_VERSION_NUM >= 160000
	if (!member_can_set_role(GetUserId(), role))
#else
	if (!is_member_of_role(GetUserId(), role))
#endif
		return PGBGW_NOT_A_MEMBER;
	GetUserIdAndSecContext(&before->role, &before->context);
	before->guc_level = NewGUCNestLevel();
	SetUserIdAndSecContext(role, before->context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	return PGBGW_BECAME;
}

void
pgbgw_become_again(const pgbgw_identity *before)
{
	AtEOXact_GUC(false, before->guc_level);
	SetUserIdAndSecContext(before->role, before->context);
}
