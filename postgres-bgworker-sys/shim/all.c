/*
 * All C files as one translation unit, because the compiler spends most of its time on the server's
 * headers. The linker drops unused functions individually.
 */
#include "catalogs.c"
#include "copy.c"
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
#include "statement.c"
#include "target.c"
#include "transaction.c"
#include "types.c"
#include "wait_set.c"
#include "worker.c"
