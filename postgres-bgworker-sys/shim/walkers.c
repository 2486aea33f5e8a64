/*
 * Walkers and mutators of trees. C, because they have other names since 16.
 */
#include "shim.h"
#include "access.h"

#include "nodes/nodeFuncs.h"


/* nodes/nodeFuncs.h */
int pgbgw_expression_tree_walker(void *node, pgbgw_walker walker, void *context) { return (expression_tree_walker(node, walker, context)) ? 1 : 0; }
void *pgbgw_expression_tree_mutator(void *node, pgbgw_mutator mutator, void *context) { return expression_tree_mutator(node, mutator, context); }
int pgbgw_query_tree_walker(void *query, pgbgw_walker walker, void *context, int flags) { return (query_tree_walker(query, walker, context, flags)) ? 1 : 0; }
void *pgbgw_query_tree_mutator(void *query, pgbgw_mutator mutator, void *context, int flags) { return query_tree_mutator(query, mutator, context, flags); }
int pgbgw_query_or_expression_tree_walker(void *node, pgbgw_walker walker, void *context, int flags) { return (query_or_expression_tree_walker(node, walker, context, flags)) ? 1 : 0; }
void *pgbgw_query_or_expression_tree_mutator(void *node, pgbgw_mutator mutator, void *context, int flags) { return query_or_expression_tree_mutator(node, mutator, context, flags); }
int pgbgw_range_table_walker(List *table, pgbgw_walker walker, void *context, int flags) { return (range_table_walker(table, walker, context, flags)) ? 1 : 0; }
List *pgbgw_range_table_mutator(List *table, pgbgw_mutator mutator, void *context, int flags) { return range_table_mutator(table, mutator, context, flags); }
#if PG_VERSION_NUM >= 120000
int pgbgw_range_table_entry_walker(void *entry, pgbgw_walker walker, void *context, int flags) { return (range_table_entry_walker(entry, walker, context, flags)) ? 1 : 0; }
#endif
int pgbgw_raw_expression_tree_walker(void *node, pgbgw_walker walker, void *context) { return (raw_expression_tree_walker(node, walker, context)) ? 1 : 0; }
#if PG_VERSION_NUM >= 90600
int pgbgw_planstate_tree_walker(void *state, pgbgw_walker walker, void *context) { return (planstate_tree_walker(state, walker, context)) ? 1 : 0; }
#endif
