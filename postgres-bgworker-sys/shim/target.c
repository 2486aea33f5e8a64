/*
 * The headers must be of a server for the target that is compiled for. The build script compares the width of pointers and
 * the byte order; only the compiler knows alignments.
 */
#include "shim.h"

#include <stddef.h>

#define PGBGW_ALIGNMENT(type) offsetof(struct { char first; type second; }, second)

_Static_assert(ALIGNOF_SHORT == PGBGW_ALIGNMENT(short), "these headers are of a server that aligns short differently");
_Static_assert(ALIGNOF_INT == PGBGW_ALIGNMENT(int), "these headers are of a server that aligns int differently");
#ifdef ALIGNOF_LONG
_Static_assert(ALIGNOF_LONG == PGBGW_ALIGNMENT(long), "these headers are of a server that aligns long differently");
#endif
_Static_assert(ALIGNOF_DOUBLE == PGBGW_ALIGNMENT(double), "these headers are of a server that aligns double differently");
