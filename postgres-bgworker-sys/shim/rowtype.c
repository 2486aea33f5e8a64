/*
 * The layout that a composite value was made with. A value names its type, and the type may have been altered since, by
 * this transaction or, where no lock protects it, by another session. C, because a callback of the server does the
 * watching, and because opening a catalog changed its name.
 */
#include "shim.h"

#include "access/genam.h"
#include "access/htup_details.h"
#if PG_VERSION_NUM >= 120000
#include "access/table.h"
#else
#include "access/heapam.h"
#define table_open(relation, lock) heap_open(relation, lock)
#define table_close(relation, lock) heap_close(relation, lock)
#endif
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* Counts the changes of relations that this process has heard of. */
static uint64 changes = 1;

/* At which of them a relation last changed; relations that share an entry change together. */
#define ENTRIES 1024
static uint64 changed[ENTRIES];
static uint64 all_changed = 0;

/* What is known of a composite type: this version of its layout is the one since a change, and was seen at another. */
typedef struct layout
{
	Oid			relation;
	uint64		version;
	uint64		since;
	uint64		seen;
} layout;

#define LAYOUTS 256
static layout layouts[LAYOUTS];

static void
relation_changed(Datum argument, Oid relation)
{
	(void) argument;
	changes++;
	if (OidIsValid(relation))
		changed[relation % ENTRIES] = changes;
	else
		all_changed = changes;
}

void
pgbgw_watch_layouts(void)
{
	static bool watching = false;

	if (!watching)
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	watching = true;
}

uint64
pgbgw_mark_layouts(void)
{
	AcceptInvalidationMessages();
	return changes;
}

static uint64
last_change(Oid relation)
{
	return Max(changed[relation % ENTRIES], all_changed);
}

/* Differs whenever an attribute was added, dropped or altered: by which versions of its rows in pg_attribute exist. */
static uint64
layout_version(Oid relation)
{
	Relation	attributes = table_open(AttributeRelationId, AccessShareLock);
	uint64		version = 0;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_attribute_attrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(attributes, AttributeRelidNumIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
#if PG_VERSION_NUM >= 90400
		version = version * 31 + HeapTupleHeaderGetRawXmin(tuple->t_data);
#else
		version = version * 31 + HeapTupleHeaderGetXmin(tuple->t_data);
#endif
		version = version * 31 + ItemPointerGetBlockNumber(&tuple->t_self);
		version = version * 31 + ItemPointerGetOffsetNumber(&tuple->t_self);
	}
	systable_endscan(scan);
	table_close(attributes, AccessShareLock);
	return version;
}

/*
 * The layout of this composite type, as a copy, if it is the one that a value has which was made after "made"; otherwise
 * null. Anonymous records are registered once, and never change.
 */
TupleDesc
pgbgw_rowtype(Oid type, int32 typmod, uint64 made)
{
	TupleDesc	descriptor;
	layout	   *known;
	Oid			relation;
	uint64		change;

	if (type == RECORDOID)
		return lookup_rowtype_tupdesc_copy(type, typmod);
	relation = get_typ_typrelid(type);
	if (!OidIsValid(relation))
		return NULL;			/* dropped */
	known = &layouts[relation % LAYOUTS];
	for (;;)
	{
		uint64		version;

		descriptor = lookup_rowtype_tupdesc_copy(type, typmod);
		change = last_change(relation);
		if (known->relation == relation && change <= known->seen)
			break;
		version = layout_version(relation);
		if (change != last_change(relation))
			continue;			/* looking at it has brought news */
		if (known->relation != relation || known->version != version)
			*known = (layout) {.relation = relation, .version = version, .since = change};
		known->seen = change;
	}
	return made >= known->since ? descriptor : NULL;
}
