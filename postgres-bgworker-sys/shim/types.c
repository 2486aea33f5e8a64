/*
 * Types by name, names of types, and base types of domains. C, because the parser of type names changed its signature.
 */
#include "shim.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* As in access/transam.h since 12: no type below this has functions in a language other than C. */
#define FIRST_GENBKI_OBJECT_ID	10000

/*
 * Functions of a type may run statements, so a session calls them with a snapshot. Those of the server's own types do not, except
 * that a record has fields of any type.
 */
static bool
push_snapshot_for(Oid type)
{
	if (ActiveSnapshotSet() || (type < FIRST_GENBKI_OBJECT_ID && type != RECORDOID))
		return false;
	PushActiveSnapshot(GetTransactionSnapshot());
	return true;
}

char *
pgbgw_output(Oid type, Datum value)
{
	const bool	pushed = push_snapshot_for(type);
	Oid			function;
	bool		is_varlena;
	bool		left;
	char	   *text;

	getTypeOutputInfo(type, &function, &is_varlena);
	left = leave_spi();
	text = OidOutputFunctionCall(function, value);
	reenter_spi(left);
	if (pushed)
		PopActiveSnapshot();
	return text;
}

Datum
pgbgw_input(Oid type, char *text)
{
	const bool	pushed = push_snapshot_for(type);
	Oid			function;
	Oid			parameter;
	bool		left;
	Datum		value;

	getTypeInputInfo(type, &function, &parameter);
	left = leave_spi();
	value = OidInputFunctionCall(function, text, parameter, -1);
	reenter_spi(left);
	if (pushed)
		PopActiveSnapshot();
	return value;
}

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
	/* The rows of a result that outlives its transaction may have a type that was dropped. */
	if (!SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)))
		return type;
	return getBaseType(type);
}

char *
pgbgw_type_name(Oid type)
{
	if (!SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)))
		return NULL;
	return format_type_be(type);
}
