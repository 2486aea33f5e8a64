/*
 * Types by name, names of types, and base types of domains. C, because the parser of type names changed its signature.
 */
#include "shim.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

Oid
pgbgw_type_by_name(const char *name)
{
	return DatumGetObjectId(DirectFunctionCall1(regtypein, CStringGetDatum(name)));
}

Oid
pgbgw_array_type(Oid element)
{
	return get_array_type(element);
}

Oid
pgbgw_base_type(Oid type)
{
	return getBaseType(type);
}

char *
pgbgw_type_name(Oid type)
{
	if (!SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)))
		return NULL;
	return format_type_be(type);
}
