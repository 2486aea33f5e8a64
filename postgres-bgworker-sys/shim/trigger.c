/*
 * What a trigger tells its function. C, because the event is packed in macros, and the struct is not bound.
 */
#include "shim.h"

#include "commands/trigger.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static int
time_of(TriggerEvent event)
{
	if (TRIGGER_FIRED_BEFORE(event))
		return PGBGW_TRIGGER_BEFORE;
	return TRIGGER_FIRED_INSTEAD(event) ? PGBGW_TRIGGER_INSTEAD : PGBGW_TRIGGER_AFTER;
}

static int
operation_of(TriggerEvent event)
{
	if (TRIGGER_FIRED_BY_INSERT(event))
		return PGBGW_TRIGGER_INSERT;
	if (TRIGGER_FIRED_BY_UPDATE(event))
		return PGBGW_TRIGGER_UPDATE;
	return TRIGGER_FIRED_BY_DELETE(event) ? PGBGW_TRIGGER_DELETE : PGBGW_TRIGGER_TRUNCATE;
}

/* Returns 0 if no trigger has called the function. */
int
pgbgw_trigger(FunctionCallInfo fcinfo, pgbgw_trigger_fields *fields)
{
	const TriggerData *const data = (TriggerData *) fcinfo->context;
	Relation	table;

	if (!CALLED_AS_TRIGGER(fcinfo))
		return 0;
	table = data->tg_relation;
	fields->time = time_of(data->tg_event);
	fields->event = operation_of(data->tg_event);
	fields->for_each_row = TRIGGER_FIRED_FOR_ROW(data->tg_event) ? 1 : 0;
	fields->old = NULL;
	fields->new = NULL;
	if (fields->for_each_row)
	{
		if (fields->event == PGBGW_TRIGGER_INSERT)
			fields->new = data->tg_trigtuple;
		else
			fields->old = data->tg_trigtuple;
		if (fields->event == PGBGW_TRIGGER_UPDATE)
			fields->new = data->tg_newtuple;
	}
	fields->unchanged = PointerGetDatum(fields->new ? fields->new : fields->old);
	fields->descriptor = RelationGetDescr(table);
	fields->made = pgbgw_count_layouts();
	fields->relation = RelationGetRelid(table);
	fields->name = data->tg_trigger->tgname;
	fields->table = RelationGetRelationName(table);
	fields->schema = get_namespace_name(RelationGetNamespace(table));
	fields->argument_count = data->tg_trigger->tgnargs;
	fields->arguments = data->tg_trigger->tgargs;
	return 1;
}
