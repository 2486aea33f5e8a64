/*
 * Nodes and lists. One line each, by header.
 */
#include "shim.h"
#include "access.h"

#include "nodes/nodes.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"


/* nodes/nodes.h */
int pgbgw_node_tag(const void *node) { return (int) nodeTag(node); }
void *
pgbgw_new_node(Size size, int tag)
{
	Node	   *node = palloc0(size);
	node->type = (NodeTag) tag;
	return node;
}

/* nodes/value.h */
int64 pgbgw_int_val(const void *node) { return intVal(node); }
double pgbgw_float_val(const void *node) { return floatVal(node); }
const char *pgbgw_str_val(const void *node) { return strVal(node); }

/* nodes/pg_list.h */
ListCell *pgbgw_list_head(const List *list) { return list_head(list); }
ListCell *pgbgw_list_tail(const List *list) { return list_tail((List *) list); }
ListCell *
pgbgw_lnext(const List *list, const ListCell *cell)
{
#if PG_VERSION_NUM >= 130000
	return lnext(list, cell);
#else
	(void) list;
	return lnext((ListCell *) cell);
#endif
}
void *pgbgw_lfirst(const ListCell *cell) { return lfirst(cell); }
int pgbgw_lfirst_int(const ListCell *cell) { return lfirst_int(cell); }
Oid pgbgw_lfirst_oid(const ListCell *cell) { return lfirst_oid(cell); }
void *pgbgw_linitial(const List *list) { return linitial(list); }
void *pgbgw_llast(const List *list) { return llast((List *) list); }
int pgbgw_list_nth_int(const List *list, int index) { return list_nth_int(list, index); }
Oid pgbgw_list_nth_oid(const List *list, int index) { return list_nth_oid(list, index); }
List *pgbgw_list_make2(void *first, void *second) { return list_make2(first, second); }
List *pgbgw_list_make3(void *first, void *second, void *third) { return list_make3(first, second, third); }
List *pgbgw_list_make1_int(int first) { return list_make1_int(first); }
List *pgbgw_list_make1_oid(Oid first) { return list_make1_oid(first); }
