//! Tests headers that do not belong to the `pg_config`, or not to the target.

use crate::build_script::fake::Fake;
use crate::build_script::{REAL, Script};
use std::fs;
use std::path::Path;

/// Returns another major than the server's.
fn other_major() -> &'static str {
    if REAL.major() == "14" { "15" } else { "14" }
}

fn version() -> &'static str {
    REAL.run.metadata("version")
}

#[test]
fn of_another_major_by_version() {
    let fake = Fake::new();
    let path = fake.pg_config(
        &format!("PostgreSQL {}.3", other_major()),
        REAL.include_server(),
    );
    let run = Script::pg_config(path).run();
    let claims = format!(
        "belongs to PostgreSQL {}, but its headers are of PostgreSQL {}",
        other_major(),
        REAL.major()
    );
    let help = run.refused(&[&claims, REAL.include_server().to_str().unwrap()]);
    assert!(
        help.iter()
            .any(|line| line.contains(&format!("postgresql-server-dev-{}", other_major()))),
        "{run}"
    );
}

#[test]
fn of_another_major_by_macro() {
    let fake = Fake::new();
    let include = fake.headers(&[("PG_VERSION_NUM", &format!("{}0003", other_major()))]);
    let run = Script::pg_config(fake.pg_config(version(), &include)).run();
    run.refused(&[&format!(
        "belongs to PostgreSQL {}, but its headers are of PostgreSQL {}",
        REAL.major(),
        other_major()
    )]);
}

#[test]
fn of_another_width_than_the_target() {
    let (own, other) = if usize::BITS == 64 {
        ("64", "32")
    } else {
        ("32", "64")
    };
    let other_size = if usize::BITS == 64 { "4" } else { "8" };
    let fake = Fake::new();
    let include = fake.headers(&[("SIZEOF_VOID_P", other_size)]);
    let run = Script::pg_config(fake.pg_config(version(), &include)).run();
    run.refused(&[
        &format!("headers of a {other}-bit server, and the target is {own}-bit"),
        "PG_CONFIG_<TARGET>",
    ]);

    let run = Script::pg_config(REAL.pg_config())
        .env("CARGO_CFG_TARGET_POINTER_WIDTH", other)
        .run();
    run.refused(&[&format!(
        "headers of a {own}-bit server, and the target is {other}-bit"
    )]);
}

#[test]
fn of_another_byte_order_than_the_target() {
    let (own, other) = if cfg!(target_endian = "big") {
        ("big", "little")
    } else {
        ("little", "big")
    };
    let run = Script::pg_config(REAL.pg_config())
        .env("CARGO_CFG_TARGET_ENDIAN", other)
        .run();
    run.refused(&[
        &format!("headers of a {own}-endian server, and the target is {other}-endian"),
        "PG_CONFIG_<TARGET>",
    ]);
}

/// The C compiler knows the alignments of the target.
#[test]
fn of_another_alignment_than_the_target() {
    let fake = Fake::new();
    let include = fake.headers(&[("ALIGNOF_INT", "2")]);
    let run = Script::pg_config(fake.pg_config(version(), &include)).run();
    assert!(!run.success, "{run}");
    assert!(
        run.to_string()
            .contains("a server that aligns int differently"),
        "{run}"
    );
}

#[test]
fn of_an_unknown_future_major_without_libclang() {
    let fake = Fake::new();
    let include = fake.headers(&[("PG_VERSION_NUM", "420000")]);
    let path = fake.pg_config("PostgreSQL 42devel", &include);
    let run = Script::pg_config(path).without_libclang().run();
    let help = run.refused(&[
        "PostgreSQL 42 is newer than this crate",
        "must be read with libclang",
    ]);
    assert!(
        help.iter().any(|line| line.contains("install libclang")),
        "{run}"
    );
}

/// A newer major than known is not an error: its headers are used.
#[test]
fn of_an_unknown_future_major_with_libclang() {
    if !REAL.has_libclang() {
        println!("skipped: this build script has no bindgen, or this machine has no libclang");
        return;
    }
    let fake = Fake::new();
    let include = fake.headers(&[("PG_VERSION_NUM", "420000")]);
    let run = Script::pg_config(fake.pg_config("PostgreSQL 42devel", &include)).run();
    let warning =
        "cargo:warning=PostgreSQL 42 is newer than this crate, which knows majors up to 19";
    assert!(run.stdout.contains(warning), "{run}");
    assert!(!run.stderr.contains("libclang"), "{run}");
    if REAL.major().parse::<f64>().is_ok_and(|major| major >= 19.0) {
        let run = run.succeeded();
        assert_eq!(run.metadata("version_num"), "420000");
        assert_eq!(run.metadata("major"), "42");
        assert!(
            run.stdout.contains("cargo:rustc-cfg=pg_since=\"19\"\n"),
            "{run}"
        );
    } else {
        println!(
            "not built to the end: headers of {} lack what the newest majors have",
            REAL.major()
        );
    }
}

#[test]
fn of_nothing_at_all() {
    let fake = Fake::new();
    let include = fake.dir("include");
    for header in ["postgres.h", "fmgr.h", "postmaster/bgworker.h"] {
        let path = include.join(header);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let run = Script::pg_config(fake.pg_config("PostgreSQL 16.1", &include)).run();
    let help = run.refused(&[
        "these are not PostgreSQL's headers: PG_VERSION_NUM is not defined",
        include.to_str().unwrap(),
    ]);
    assert!(help[0].contains("PG_CONFIG=/path/to/pg_config"), "{run}");
}

/// Not an error, since the build is correct for that vendor's servers. A warning prevents a
/// surprise when a module does not load.
#[test]
fn of_a_vendor() {
    let since = REAL.run.lines("cargo:rustc-cfg=pg_since=");
    if !since.contains(&"\"15\"") {
        println!("skipped: before 15 no module says whose it is");
        return;
    }
    let fake = Fake::new();
    let macros = [("FMGR_ABI_EXTRA", "\"EDB Advanced Server\"")];
    let include = fake.headers_redefining("pg_config_manual.h", &macros);
    let run = Script::pg_config(fake.pg_config(version(), &include))
        .run()
        .succeeded();
    assert_eq!(run.metadata("abi_extra"), "EDB Advanced Server");
    let said = "modules built here load only into servers of EDB Advanced Server";
    assert!(
        run.warnings().iter().any(|line| line.contains(said)),
        "{run}"
    );

    assert_eq!(REAL.run.metadata("abi_extra"), "PostgreSQL");
    assert!(!REAL.run.stdout.contains("load only into servers of"));
}

/// Releases of a fork that write their own name in the place of PostgreSQL's, and a number of their
/// own after the minor.
#[test]
fn of_a_fork_with_another_name() {
    let fake = Fake::new();
    let number = version().split_whitespace().nth(1).expect("a version");
    let named = format!("EnterpriseDB {number}.7");
    let run = Script::pg_config(fake.pg_config(&named, REAL.include_server()))
        .run()
        .succeeded();
    assert_eq!(run.metadata("version"), named);
    assert_eq!(run.metadata("major"), REAL.major());
}

const BGWORKER_H: &str = "postmaster/bgworker.h";

/// Committed bindings are used only if they match the headers. The message contains both values.
fn differ(include: &Path, fake: &Fake, says: &[&str]) {
    let run = Script::pg_config(fake.pg_config(version(), include))
        .without_libclang()
        .run();
    let differ = format!(
        "these headers of PostgreSQL {} differ from the committed bindings",
        REAL.major()
    );
    let help = run.refused(&[&differ, include.to_str().unwrap()]);
    assert!(help[0].contains("install libclang"), "{run}");
    for part in says {
        assert!(run.stderr.contains(part), "{part:?} is not in\n{run}");
    }
}

/// After one change to `postmaster/bgworker.h`.
fn bgworker_h_differs(old: &str, new: &str, says: &[&str]) {
    if REAL.is_committed() {
        let fake = Fake::new();
        let include = fake.headers_altered(BGWORKER_H, old, new);
        differ(&include, &fake, says);
    }
}

#[test]
fn with_a_constant_altered() {
    if REAL.is_committed() {
        let fake = Fake::new();
        let include = fake.headers(&[("BLCKSZ", "16384")]);
        differ(
            &include,
            &fake,
            &["BLCKSZ is not 8192; the headers have 16384"],
        );
    }
}

/// A number that no array can have as its length.
#[test]
fn with_a_negative_constant_altered() {
    bgworker_h_differs(
        "#define BGW_NEVER_RESTART",
        "#define BGW_NEVER_RESTART -6 +",
        &["BGW_NEVER_RESTART is not -1; the headers have -7"],
    );
}

/// Minor releases add constants, so headers of an earlier one, or of a fork, lack some.
#[test]
fn with_a_constant_gone() {
    if !REAL.is_committed() {
        return;
    }
    let fake = Fake::new();
    let (old, new) = ("#define BGW_NEVER_RESTART", "#define BGW_NEVER_AGAIN");
    let include = fake.headers_altered(BGWORKER_H, old, new);
    let out_dir = fake.dir("out");
    let run = Script::pg_config(fake.pg_config(version(), &include))
        .without_libclang()
        .env("OUT_DIR", &out_dir)
        .run()
        .succeeded();
    let said = "have no BGW_NEVER_RESTART: an earlier minor release";
    assert!(
        run.warnings().iter().any(|line| line.contains(said)),
        "{run}"
    );
    let text = fs::read_to_string(out_dir.join("declarations.rs")).unwrap();
    assert!(!text.contains("BGW_NEVER_RESTART"));
    assert!(text.contains("BGW_DEFAULT_RESTART_INTERVAL"));
}

/// Then the message lists both.
#[test]
fn with_a_constant_gone_and_one_altered() {
    bgworker_h_differs(
        "#define BGW_NEVER_RESTART",
        "#define BGW_NEVER_AGAIN\n#undef BGW_DEFAULT_RESTART_INTERVAL\n#define BGW_DEFAULT_RESTART_INTERVAL 61\n#define BGW_NEVER_AGAIN_TOO",
        &[
            "'BGW_NEVER_RESTART' undeclared",
            "BGW_DEFAULT_RESTART_INTERVAL is not 60; the headers have 61",
        ],
    );
}

/// A fork may have the number of a release, and its name elsewhere.
#[test]
fn with_a_field_altered_by_a_fork() {
    if !REAL.is_committed() {
        return;
    }
    let fake = Fake::new();
    let (old, new) = (
        "bgw_restart_time;",
        "bgw_restart_time;\n\tint bgw_inserted;",
    );
    let include = fake.headers_altered(BGWORKER_H, old, new);
    let fork = format!(
        "\n#undef PG_VERSION_STR\n#define PG_VERSION_STR \"PostgreSQL {} (Fork 5.4) on x86_64-pc-linux-gnu, compiled by gcc\"\n",
        REAL.major()
    );
    let header = include.join("pg_config.h");
    let text = fs::read_to_string(&header).unwrap();
    fs::remove_file(&header).unwrap();
    fs::write(&header, text + &fork).unwrap();
    let said = format!("PostgreSQL {} (Fork 5.4)", REAL.major());
    differ(
        &include,
        &fake,
        &[&said, "the feature `bindgen`", "of a fork"],
    );
}

#[test]
fn with_a_field_altered() {
    bgworker_h_differs(
        "int\t\t\tbgw_restart_time;",
        "int64\t\tbgw_restart_time;",
        &[
            "BackgroundWorker.bgw_restart_time is not int at ",
            "; the headers have int64 at ",
        ],
    );
}

#[test]
fn with_a_field_inserted() {
    bgworker_h_differs(
        "bgw_name[BGW_MAXLEN];",
        "bgw_name[BGW_MAXLEN];\n\tchar bgw_inserted[64];",
        &[
            "BackgroundWorker is not of size ",
            "; the headers have size ",
            "BackgroundWorker.bgw_notify_pid is not pid_t at ",
            "; the headers have pid_t at ",
        ],
    );
}

/// Such an array has no size that could be told.
#[test]
fn with_an_array_without_length_moved() {
    let array = "ParamExternData params[FLEXIBLE_ARRAY_MEMBER];";
    let header = "nodes/params.h";
    let text = fs::read_to_string(REAL.include_server().join(header)).unwrap();
    if REAL.is_committed() && text.contains(array) {
        let fake = Fake::new();
        let moved = format!("void *inserted;\n\t{array}");
        let include = fake.headers_altered(header, array, &moved);
        let says = [
            "ParamListInfoData is not of size ",
            "; the headers have size ",
            "ParamListInfoData.params is not ParamExternData [] at ",
            "; the headers have ParamExternData [] at ",
            &format!("cargo bgworker abi diff {} ", REAL.major()),
        ];
        differ(&include, &fake, &says);
    }
}

#[test]
fn with_an_array_of_another_length() {
    bgworker_h_differs(
        "bgw_name[BGW_MAXLEN];",
        "bgw_name[BGW_MAXLEN + 8];",
        &[
            "BackgroundWorker.bgw_name is not char [",
            "; the headers have char [",
        ],
    );
}

#[test]
fn with_an_enumerator_altered() {
    let name = "BgWorkerStart_ConsistentState";
    bgworker_h_differs(
        name,
        &format!("BgWorkerStart_Inserted, {name}"),
        &[&format!("{name} is not 1; the headers have 2")],
    );
}

#[test]
fn with_a_global_altered() {
    bgworker_h_differs(
        "BackgroundWorker *MyBgworkerEntry",
        "BackgroundWorker **MyBgworkerEntry",
        &["MyBgworkerEntry is not BackgroundWorker *; the headers have BackgroundWorker **"],
    );
}

#[test]
fn with_a_type_of_another_sign() {
    if REAL.is_committed() {
        let fake = Fake::new();
        let old = "typedef unsigned int Oid;";
        let include = fake.headers_altered("postgres_ext.h", old, "typedef int Oid;");
        differ(
            &include,
            &fake,
            &["Oid is not like unsigned int; the headers have 4 bytes with a sign"],
        );
    }
}

#[test]
fn with_a_parameter_altered() {
    let name = "BackgroundWorkerInitializeConnection";
    bgworker_h_differs(
        "uint32 flags);",
        "int32 flags);",
        &[
            &format!("conflicting types for '{name}'; have"),
            &format!("previous declaration of '{name}' with type"),
        ],
    );
}

#[test]
fn with_a_function_gone() {
    bgworker_h_differs(
        "void TerminateBackgroundWorker(",
        "void Terminate2(",
        &["'TerminateBackgroundWorker' undeclared"],
    );
}

#[test]
fn of_a_32_bit_server_without_libclang() {
    let fake = Fake::new();
    let include = fake.headers(&[("SIZEOF_VOID_P", "4")]);
    let run = Script::pg_config(fake.pg_config(version(), &include))
        .env("CARGO_CFG_TARGET_POINTER_WIDTH", "32")
        .without_libclang()
        .run();
    let help =
        run.refused(&["the committed bindings are of 64-bit servers, and the target is 32-bit"]);
    assert!(help.iter().any(|line| line.contains("libclang")), "{run}");
}

/// The committed bindings are adapted to the processor, and the C compiler sees that these headers
/// are of another one.
#[cfg(target_arch = "x86_64")]
#[test]
fn of_another_processor_without_libclang() {
    if !REAL.is_committed() {
        return;
    }
    if ["9.3", "9.4", "9.5"].contains(&REAL.major().as_str()) {
        println!("skipped: the files of this major are not adapted");
        return;
    }
    let run = Script::pg_config(REAL.pg_config())
        .env("CARGO_CFG_TARGET_ARCH", "aarch64")
        .without_libclang()
        .run();
    run.refused(&[
        "differ from the committed bindings",
        "slock_t is not like int",
        "pg_atomic_flag is not of size 4",
    ]);
}
