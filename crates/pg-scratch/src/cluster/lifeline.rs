//! What must not outlive this process: a scratch server and its directory.
//!
//! `Drop` does not run when we are killed. So a small shell holds the other end of a pipe: when the pipe
//! closes, whatever the reason, it stops the server and removes the directory. (The kernel's parent-death
//! signal would do less: it fires when the *thread* that started the server ends, as test threads do.)

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

/// While this exists nothing happens; when this process is gone, the server and the directory go too.
#[derive(Debug)]
pub(crate) struct Lifeline(Child);

impl Lifeline {
    /// Watches over `pid` (0: none) and `directory` (`None`: leave it).
    pub(crate) fn new(pid: u32, directory: Option<&Path>) -> std::io::Result<Self> {
        let directory = directory.unwrap_or(Path::new(""));
        Command::new("/bin/sh")
            .args(["-c", SCRIPT, "lifeline", &pid.to_string()])
            .arg(directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Its own group: a Ctrl-C on the terminal must not end it.
            .process_group(0)
            .spawn()
            .map(Self)
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        // Killed before the pipe closes: the owner has tidied up by itself. Failing means it is gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
