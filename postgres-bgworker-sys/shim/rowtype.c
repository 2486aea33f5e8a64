/*
 * Finds the layout that a composite value was made with. A value names its type, and the type may have been altered since, by
 * this transaction or, where no lock protects it, by another session. C, because a callback of the server does the
 * watching, and because opening a catalog changed its name.
 */
#include "shim.h"
#include "inline.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/xact.h"
#if PG_VERSION_NUM >= 120000
#include "access/table.h"
#else
#include "access/heapam.h"
#endif
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "access/tupmacs.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#if PG_VERSION_NUM >= 90400
#define CATALOG_SNAPSHOT NULL	/* the server takes a snapshot of the catalogs */
#else
#include "utils/tqual.h"
#define CATALOG_SNAPSHOT SnapshotNow
#endif

/* Counts the changes of relations that this process has heard of. */
static uint64 changes = 1;

/* The count at the last change of a relation. Relations that share an entry change together. */
#define ENTRIES 1024
static uint64 changed[ENTRIES];
static uint64 all_changed = 0;

/* The last time that a savepoint, or a block of a procedural language, was rolled back: layouts were rolled back, too. */
static uint64 rolled_back = 0;

/* The known layout of a composite type: its version, the change since which it is valid, and the last check. */
typedef struct layout
{
	Oid			relation;
	uint64		version;
	uint64		contents;
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

static void
savepoint_ended(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *argument)
{
	(void) mine;
	(void) parent;
	(void) argument;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		rolled_back = ++changes;
}

void
pgbgw_watch_layouts(void)
{
	static bool watching = false;

	if (watching)
		return;
	RegisterSubXactCallback(savepoint_ended, NULL);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	watching = true;
}

uint64
pgbgw_mark_layouts(void)
{
	AcceptInvalidationMessages();
	return changes;
}

uint64
pgbgw_count_layouts(void)
{
	return changes;
}

static uint64
last_change(Oid relation)
{
	return Max(changed[relation % ENTRIES], all_changed);
}

static uint64
mixed(uint64 hash, uint64 value)
{
	hash = (hash ^ value) * UINT64CONST(0x9E3779B97F4A7C15);
	return hash ^ (hash >> 32);
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
	scan = systable_beginscan(attributes, AttributeRelidNumIndexId, true, CATALOG_SNAPSHOT, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
#if PG_VERSION_NUM >= 90400
		version = mixed(version, HeapTupleHeaderGetRawXmin(tuple->t_data));
#else
		version = mixed(version, HeapTupleHeaderGetXmin(tuple->t_data));
#endif
		version = mixed(version, ItemPointerGetBlockNumber(&tuple->t_self));
		version = mixed(version, ItemPointerGetOffsetNumber(&tuple->t_self));
	}
	systable_endscan(scan);
	table_close(attributes, AccessShareLock);
	return version;
}

/*
 * Differs whenever the layout of values differs. The catalog shows what another session has committed a moment before the
 * server hears that its own copy is out of date, so the version alone may be newer than the descriptor.
 */
static uint64
layout_contents(TupleDesc descriptor)
{
	uint64		contents = descriptor->natts;
	int			at;

	for (at = 0; at < descriptor->natts; at++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, at);

		contents = mixed(contents, attribute->atttypid);
		contents = mixed(contents, attribute->attlen);
		contents = mixed(contents, attribute->attalign);
		contents = mixed(contents, attribute->attisdropped);
	}
	return contents;
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
		uint64		contents;

		descriptor = lookup_rowtype_tupdesc_copy(type, typmod);
		change = last_change(relation);
		if (known->relation == relation && change <= known->seen)
			break;
		version = layout_version(relation);
		if (change != last_change(relation))
			continue;			/* the lookup received an invalidation */
		contents = layout_contents(descriptor);
		if (known->relation != relation || known->version != version || known->contents != contents ||
			known->seen < rolled_back)
			*known = (layout) {.relation = relation, .version = version, .contents = contents, .since = change};
		known->seen = change;
	}
	return made >= known->since ? descriptor : NULL;
}

/* Whether the attributes of this layout lie inside the tuple, which has no values out of line. */
int
pgbgw_tuple_fits(HeapTuple tuple, TupleDesc descriptor)
{
	HeapTupleHeader header = tuple->t_data;
	const int	count = HeapTupleHeaderGetNatts(header);
	const bool	has_nulls = (header->t_infomask & HEAP_HASNULL) != 0;
	const char *const data = (char *) header + header->t_hoff;
	Size		length;
	Size		at = 0;
	int			i;

	if (tuple->t_len < offsetof(HeapTupleHeaderData, t_bits) || header->t_hoff > tuple->t_len || count > descriptor->natts ||
		header->t_hoff < offsetof(HeapTupleHeaderData, t_bits) + (has_nulls ? BITMAPLEN(count) : 0))
		return 0;
	length = tuple->t_len - header->t_hoff;
	for (i = 0; i < count; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (has_nulls && att_isnull(i, header->t_bits))
			continue;
		if (attribute->attlen > 0)
			at = att_align_nominal(at, attribute->attalign) + attribute->attlen;
		else if (at >= length)
			return 0;
		else if (attribute->attlen == -1)
		{
			at = att_align_pointer(at, attribute->attalign, -1, data + at);
			if (at >= length || VARATT_IS_EXTERNAL(data + at) ||
				(!VARATT_IS_SHORT(data + at) && (length - at < VARHDRSZ || VARSIZE(data + at) < VARHDRSZ)))
				return 0;
			at += VARSIZE_ANY(data + at);
		}
		else
		{
			const Size	size = strnlen(data + at, length - at);

			if (size == length - at)
				return 0;
			at += size + 1;
		}
		if (at > length)
			return 0;
	}
	return 1;
}
