//! Stops a scratch server and removes its directory when this process ends.
//!
//! `Drop` does not run when this process is killed. So a shell process holds the other end of a
//! pipe. When the pipe closes for any reason, the shell stops the server and removes the directory.
//! (The kernel's parent-death signal does not suffice: the kernel sends it when the *thread* that
//! started the server ends, as test threads do.)

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const SCRIPT: &str = r#"
trap '' INT TERM HUP
read -r _ && exit 0
if [ "$1" -gt 0 ]; then
  kill -QUIT "$1" 2>/dev/null
  n=0
  while kill -0 "$1" 2>/dev/null && [ $n -lt 70 ]; do n=$((n+1)); sleep 0.1; done
  kill -KILL "$1" 2>/dev/null
fi
[ -z "$2" ] || rm -rf -- "$2"
"#;

/// Keeps a server and a directory alive. When this process ends, they are removed.
#[derive(Debug)]
pub(crate) struct Lifeline(Child);

impl Lifeline {
    /// Watches the process `pid` (0: none) and `directory` (`None`: keep it).
    pub(crate) fn new(pid: u32, directory: Option<&Path>) -> std::io::Result<Self> {
        let directory = directory.unwrap_or(Path::new(""));
        Command::new("/bin/sh")
            .args(["-c", SCRIPT, "lifeline", &pid.to_string()])
            .arg(directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Its own process group, so that Ctrl-C on the terminal does not end it.
            .process_group(0)
            .spawn()
            .map(Self)
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        // Killed before the pipe closes, because the owner has cleaned up. An error means that it
        // has exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
