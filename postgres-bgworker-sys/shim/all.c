/*
 * The whole C part as one file for the compiler: reading the server's headers is most of its work. Functions that nobody calls
 * are dropped by the linker, one by one.
 */
#include "encoding.c"
#include "guard.c"
#include "inline.c"
#include "macros.c"
#include "portal.c"
#include "report.c"
#include "role.c"
#include "rowtype.c"
#include "segment.c"
#include "shared.c"
#include "signals.c"
#include "state.c"
#include "target.c"
#include "types.c"
#include "wait_set.c"
#include "worker.c"
