/*
 * The operations of the model: src/atomics.rs.
 */
#define PGBGW_MODEL
extern uint64_t pgbgw_load(const uint64_t *at);
extern void pgbgw_store(uint64_t *at, uint64_t value);
extern uint64_t pgbgw_exchange(uint64_t *at, uint64_t value);
extern uint64_t pgbgw_add(uint64_t *at, uint64_t value);
extern int	pgbgw_replace(uint64_t *at, uint64_t *old, uint64_t value);
extern void pgbgw_wake(uint64_t process);
