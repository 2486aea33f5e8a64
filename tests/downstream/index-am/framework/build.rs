//! Binds what the framework needs from the server's headers.

use std::process::ExitCode;

fn main() -> ExitCode {
    postgres_bgworker_build::run(|server| {
        server
            .bindings()
            .headers([
                "access/amapi.h",
                "access/generic_xlog.h",
                "access/relscan.h",
                "access/xloginsert.h",
                "commands/vacuum.h",
                "nodes/execnodes.h",
                "nodes/tidbitmap.h",
                "storage/bufmgr.h",
                "storage/bufpage.h",
                "utils/index_selfuncs.h",
                "utils/selfuncs.h",
            ])
            .items([
                "IndexAmRoutine",
                "IndexBuildResult",
                "IndexBulkDeleteResult",
                "IndexVacuumInfo",
                "IndexScanDescData",
                "IndexInfo",
                "IndexPath",
                "GenericCosts",
                "RelationData",
                "TableAmRoutine",
                "PageHeaderData",
                "ForkNumber",
                "ReadBufferMode",
                "BufferLockMode?",
                "ItemPointerData",
                "GenericXLogStart",
                "GenericXLogRegisterBuffer",
                "GenericXLogFinish",
                "GenericXLogAbort",
                "GENERIC_XLOG_FULL_IMAGE",
                "log_newpage_buffer",
                "ReadBufferExtended",
                "LockBuffer?",
                "LockBufferInternal?",
                "BUFFER_LOCK_.*?",
                "UnlockReleaseBuffer",
                "MarkBufferDirty",
                "BufferBlocks",
                "LocalBufferBlockPointers",
                "LockRelationForExtension",
                "UnlockRelationForExtension",
                "RelationGetNumberOfBlocksInFork",
                "PageInit",
                "BufferGetBlockNumber",
                "index_getprocinfo",
                "RelationGetIndexScan",
                "tbm_add_tuples",
                "MAX_GENERIC_XLOG_PAGES",
                "genericcostestimate",
                "vacuum_delay_point",
                "SK_ISNULL",
            ])
            .committed("bindings")
            .write("server.rs")
    })
}
