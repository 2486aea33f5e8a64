//! Binds what the framework needs from the server's headers.

use std::process::ExitCode;

fn main() -> ExitCode {
    postgres_bgworker_build::run(|server| {
        server
            .bindings()
            .headers([
                "foreign/fdwapi.h",
                "foreign/foreign.h",
                "optimizer/cost.h",
                "optimizer/pathnode.h",
                "optimizer/planmain.h",
                "optimizer/restrictinfo.h",
                "executor/executor.h",
                "commands/defrem.h",
                "commands/explain.h",
                "commands/explain_format.h?",
                "access/reloptions.h",
                "catalog/pg_attribute.h",
                "catalog/pg_foreign_data_wrapper.h",
                "catalog/pg_foreign_server.h",
                "catalog/pg_foreign_table.h",
                "catalog/pg_user_mapping.h",
            ])
            .items([
                "FdwRoutine",
                "ForeignScanState",
                "ForeignServer",
                "ForeignTable",
                "ForeignDataWrapper",
                "DefElem",
                "ImportForeignSchemaStmt",
                "CmdType",
                "ResultRelInfo",
                "ModifyTableState",
                "EState",
                "TupleTableSlot",
                "TupleTableSlotOps?",
                "RelOptInfo",
                "GetForeignTable",
                "GetForeignServer",
                "GetForeignColumnOptions",
                "create_foreignscan_path",
                "add_path",
                "set_baserel_size_estimates",
                "make_foreignscan",
                "extract_actual_clauses",
                "ExecStoreVirtualTuple",
                "ExecClearTuple?",
                "slot_getsomeattrs_int?",
                "slot_getallattrs?",
                "InputFunctionCall",
                "OutputFunctionCall",
                "untransformRelOptions",
                "defGetString",
                "ExplainPropertyText",
                "EXEC_FLAG_EXPLAIN_ONLY",
                "ForeignDataWrapperRelationId",
                "ForeignServerRelationId",
                "ForeignTableRelationId",
                "UserMappingRelationId",
                "AttributeRelationId",
            ])
            .write("server.rs")
    })
}
