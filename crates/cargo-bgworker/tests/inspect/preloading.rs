//! Libraries that a session perhaps cannot load.

use crate::tool::*;

#[test]
fn signs_of_preloading_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let signs = |code: &str| {
        let code = format!("#include \"storage/ipc.h\"\n{code}\nPG_MODULE_MAGIC;");
        let library = module(directory.path(), &code, &[]);
        let (status, data) = inspect(&library, &[]);
        assert_eq!(status, 0);
        let server = server();
        let words = ["--pg-config", server.pg_config.to_str().unwrap()];
        let output = tool(&[&[library.to_str().unwrap()], &words[..]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let signs = data["preloading_signs"].as_array().unwrap();
        assert_eq!(
            text.contains("preloading  perhaps"),
            !signs.is_empty(),
            "{text}"
        );
        signs
            .iter()
            .map(|sign| sign.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        signs("void _PG_init(void) { MyProcPid++; }"),
        Vec::<String>::new()
    );
    assert_eq!(
        signs("void _PG_init(void) { RequestAddinShmemSpace(1); }"),
        ["it reserves shared memory"]
    );
    assert_eq!(
        signs("void _PG_init(void) { elog(ERROR, \"name it in shared_preload_libraries\"); }"),
        ["its texts name shared_preload_libraries"]
    );
}
