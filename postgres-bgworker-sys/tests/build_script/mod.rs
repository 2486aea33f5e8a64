//! Runs the compiled build script as a program, in an environment made for the case.

pub(crate) mod fake;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::SystemTime;
use tempfile::TempDir;

/// A script that is open for writing cannot be executed, and a process that is being started holds
/// what its parent has open. So files are written and processes started one at a time.
static EXEC: Mutex<()> = Mutex::new(());

pub(crate) fn exec_lock() -> MutexGuard<'static, ()> {
    EXEC.lock().unwrap_or_else(|poison| poison.into_inner())
}

/// Variables with the paths of the compilers.
const TOOLS: &[&str] = &[
    "PATH",
    "CC",
    "LIBCLANG_PATH",
    "LLVM_CONFIG_PATH",
    "CLANG_PATH",
    "BINDGEN_EXTRA_CLANG_ARGS",
    "SDKROOT",
    "TMPDIR",
];

/// A run of the build script, to be started.
pub(crate) struct Script {
    command: Command,
    _out_dir: TempDir,
}

impl Script {
    /// Sets cargo's variables, and nothing of the caller's environment except its tools.
    pub(crate) fn new() -> Self {
        let out_dir = TempDir::new().expect("a directory for temporary files");
        let mut command = Command::new(&*BINARY);
        command
            .env_clear()
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
            .env("OUT_DIR", out_dir.path())
            .env("TARGET", &*TARGET)
            .env("HOST", &*TARGET)
            .env("PROFILE", "debug")
            .env("OPT_LEVEL", "0")
            .env("DEBUG", "false")
            .env("NUM_JOBS", "1")
            .env("CARGO_CFG_TARGET_POINTER_WIDTH", usize::BITS.to_string())
            .env(
                "CARGO_CFG_TARGET_ENDIAN",
                if cfg!(target_endian = "big") {
                    "big"
                } else {
                    "little"
                },
            )
            .env("CARGO_CFG_TARGET_ARCH", std::env::consts::ARCH)
            .env("CARGO_CFG_TARGET_OS", std::env::consts::OS)
            .env(
                "CARGO_CFG_TARGET_VENDOR",
                TARGET.split('-').nth(1).unwrap_or("unknown"),
            )
            .env(
                "CARGO_CFG_TARGET_ENV",
                if cfg!(target_env = "musl") {
                    "musl"
                } else {
                    "gnu"
                },
            )
            .env("CARGO_CFG_TARGET_ABI", "")
            .env("CARGO_CFG_TARGET_FEATURE", "")
            .envs(std::env::vars_os().filter(|(name, _)| TOOLS.iter().any(|tool| name == tool)));
        Script {
            command,
            _out_dir: out_dir,
        }
    }

    /// For the server that `pg_config` is of.
    pub(crate) fn pg_config(pg_config: impl AsRef<OsStr>) -> Self {
        Script::new().env("PG_CONFIG", pg_config)
    }

    /// With the committed bindings: where this variable is set, libclang is looked for there and
    /// nowhere else.
    pub(crate) fn without_libclang(self) -> Self {
        let nowhere = self._out_dir.path().join("no libclang");
        self.env("LIBCLANG_PATH", nowhere)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in a mount namespace where these directories are empty.
    pub(crate) fn without(mut self, hidden: &[PathBuf]) -> Self {
        if hidden.is_empty() {
            return self;
        }
        let mounts: String = hidden
            .iter()
            .map(|dir| format!("mount -t tmpfs none '{}' && ", dir.display()))
            .collect();
        // PATH is the case's; the tools that hide are found before it is set.
        let path = self
            .command
            .get_envs()
            .find(|(name, _)| *name == "PATH")
            .and_then(|(_, path)| path);
        let path = path.expect("every run has a PATH").to_owned();
        let mut outer = Command::new("unshare");
        outer
            .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
            .arg(format!(
                "{mounts} PATH=\"$1\" && export PATH && exec \"$2\""
            ))
            .arg("sh")
            .arg(path)
            .arg(&*BINARY)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .envs(
                self.command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        self.command = outer;
        self
    }

    /// Runs it until it exits.
    pub(crate) fn run(mut self) -> Run {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = spawn(&mut self.command);
        let output = child
            .wait_with_output()
            .expect("the build script can be waited for");
        Run {
            success: output.status.success(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn spawn(command: &mut Command) -> Child {
    let _lock = exec_lock();
    command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// The output and the exit status.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) success: bool,
    code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Asserts that the run failed with an `error:` that contains all of these texts, and with
    /// help. Returns the help.
    #[track_caller]
    pub(crate) fn refused(&self, says: &[&str]) -> Vec<&str> {
        assert_eq!(self.code, Some(1), "{self}");
        assert!(self.stderr.starts_with("error: "), "{self}");
        for part in says {
            assert!(self.stderr.contains(part), "{part:?} is not in\n{self}");
        }
        assert!(!self.stderr.contains("panicked"), "{self}");
        let help: Vec<&str> = self
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("  = help: "))
            .collect();
        assert!(!help.is_empty(), "no help in\n{self}");
        help
    }

    /// Returns the warnings that cargo would show.
    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.lines("cargo:warning=")
    }

    /// Returns the rest of all printed lines with this prefix.
    pub(crate) fn lines(&self, prefix: &str) -> Vec<&str> {
        let lines = self.stdout.lines();
        lines.filter_map(|line| line.strip_prefix(prefix)).collect()
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!(self.success, "{self}");
        self
    }

    /// Returns a value that dependent crates would receive.
    #[track_caller]
    pub(crate) fn metadata(&self, key: &str) -> &str {
        let prefix = format!("cargo:{key}=");
        let mut values = self
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix(prefix.as_str()));
        values
            .next()
            .unwrap_or_else(|| panic!("no {key} in\n{self}"))
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "status: {:?}\n--- stderr\n{}\n--- stdout\n{}",
            self.code, self.stderr, self.stdout
        )
    }
}

/// The server that these tests run with: the one that the build script finds.
pub(crate) struct Real {
    pub(crate) run: Run,
}

impl Real {
    pub(crate) fn pg_config(&self) -> &str {
        self.run.metadata("pg_config")
    }

    pub(crate) fn include_server(&self) -> &Path {
        Path::new(self.run.metadata("include_server"))
    }

    /// Returns whether bindings are committed for its major. If not, prints that.
    pub(crate) fn is_committed(&self) -> bool {
        let name = format!("pregenerated/pg{}.rs", self.major().replace('.', ""));
        let is_there = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name).is_file();
        if !is_there {
            println!("skipped: {name} is not there");
        }
        is_there
    }

    /// Returns the major in the output of pg_config, parsed independently.
    pub(crate) fn major(&self) -> String {
        let version = self.run.metadata("version");
        let number = version.trim_start_matches("PostgreSQL ");
        let major: String = number.chars().take_while(char::is_ascii_digit).collect();
        if major != "9" {
            return major;
        }
        number.chars().take(3).collect()
    }

    /// Returns whether this build script has bindgen and libclang.
    pub(crate) fn has_libclang(&self) -> bool {
        self.run.metadata("source") == "bindgen"
    }
}

/// Found once, with the caller's variables.
pub(crate) static REAL: LazyLock<Real> = LazyLock::new(|| {
    let mut script = Script::new();
    for (name, value) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("PG_CONFIG"))
        {
            script.command.env(name, value);
        }
    }
    Real {
        run: script.run().succeeded(),
    }
});

/// Returns the build script that cargo compiled for this test: the newest one if there are several.
static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let out_dir = Path::new(env!("OUT_DIR"));
    let build = out_dir
        .ancestors()
        .find(|dir| dir.ends_with("build"))
        .expect("OUT_DIR is below a directory `build`");
    let mut found = compiled_below(build, 3);
    if let (true, Some(profile)) = (found.is_empty(), build.parent().and_then(Path::file_name)) {
        // With --target, programs for the host are next to the target's directory.
        let host = build
            .ancestors()
            .nth(3)
            .expect("build/<profile>/<target>")
            .join(profile)
            .join("build");
        found = compiled_below(&host, 3);
    }
    // A build script with other features may be newer, and tests would be skipped with it.
    found.retain(|(_, path)| has_bindgen(path) == cfg!(feature = "bindgen"));
    found.sort();
    found
        .pop()
        .unwrap_or_else(|| panic!("no compiled build script below {}", build.display()))
        .1
});

/// Whether a build script was compiled with the feature, by a message that it has only then.
fn has_bindgen(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap_or_default();
    let message = b"bindgen cannot read the server's headers";
    bytes.windows(message.len()).any(|part| part == message)
}

fn compiled_below(dir: &Path, depth: usize) -> Vec<(SystemTime, PathBuf)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && depth > 0 {
            found.extend(compiled_below(&path, depth - 1));
        } else if path.file_stem() == Some(OsStr::new("build-script-main"))
            && path.extension().is_none_or(|e| e == "exe")
        {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            found.push((modified.unwrap_or(SystemTime::UNIX_EPOCH), path));
        }
    }
    let ours = |path: &Path| {
        path.components().any(|part| {
            part.as_os_str()
                .to_string_lossy()
                .starts_with("postgres-bgworker-sys")
        })
    };
    found.retain(|(_, path)| {
        ours(
            path.strip_prefix(env!("CARGO_MANIFEST_DIR"))
                .unwrap_or(path),
        )
    });
    found
}

/// Returns the target triple of this test.
pub(crate) static TARGET: LazyLock<String> = LazyLock::new(|| {
    let named = Path::new(env!("OUT_DIR"))
        .components()
        .filter_map(|part| part.as_os_str().to_str())
        .find(|part| {
            part.split('-').count() >= 3
                && ["x86_64", "i686", "aarch64", "arm"]
                    .iter()
                    .any(|arch| part.starts_with(arch))
        });
    if let Some(target) = named {
        return target.to_string();
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("-vV")
        .output()
        .expect("rustc answers");
    let text = String::from_utf8(output.stdout).expect("rustc speaks UTF-8");
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host")
        .to_string()
});
