//! The socket in the data directory at which processes of the server tell what they see.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A connection; it is closed when its process is gone.
pub(crate) type Id = usize;

pub(crate) enum Event {
    Opened(Id, UnixStream),
    Line(Id, String),
    Closed(Id),
}

pub(crate) fn listen(data: &Path) -> std::io::Result<Receiver<Event>> {
    let path = data.join("observer.sock");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o777))?;
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for (id, stream) in listener.incoming().enumerate() {
            let Ok(stream) = stream else { break };
            let Ok(copy) = stream.try_clone() else { break };
            if sender.send(Event::Opened(id, copy)).is_err() {
                break;
            }
            let sender = sender.clone();
            std::thread::spawn(move || read(id, stream, &sender));
        }
    });
    Ok(receiver)
}

fn read(id: Id, stream: UnixStream, sender: &Sender<Event>) {
    for line in BufReader::new(stream).split(b'\n') {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line).into_owned();
        if sender.send(Event::Line(id, line)).is_err() {
            return;
        }
    }
    let _ = sender.send(Event::Closed(id));
}
