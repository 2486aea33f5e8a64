//! Binds what the framework needs from the server's headers.

use std::process::ExitCode;

fn main() -> ExitCode {
    postgres_bgworker_build::run(|server| {
        server
            .bindings()
            .headers([
                "replication/logical.h",
                "replication/output_plugin.h",
                "replication/reorderbuffer.h",
                "commands/defrem.h",
                "utils/lsyscache.h",
            ])
            .items([
                "OutputPluginCallbacks",
                "OutputPluginOptions",
                "OutputPluginOutputType",
                "LogicalDecodingContext",
                "ReorderBufferTXN",
                "ReorderBufferChange",
                "ReorderBufferChangeType",
                "ReorderBufferTupleBuf?",
                "DefElem",
                "defGetString",
                "defGetBoolean",
                "OutputPluginPrepareWrite",
                "OutputPluginWrite",
                "get_rel_name",
                "get_rel_namespace",
                "get_namespace_name",
                "vartag_external",
            ])
            .committed("bindings")
            .write("server.rs")
    })
}
