//! TCP connections that are made without blocking.

use std::io;
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{FromRawFd, RawFd};
use std::ptr;

/// Starts to connect. The connection is there when the socket is writable and has no error.
pub(crate) fn start_connect(address: SocketAddr) -> io::Result<TcpStream> {
    let family = match address {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    };
    // SAFETY: cannot raise: makes a descriptor.
    let made = unsafe { libc::socket(family, libc::SOCK_STREAM, 0) };
    if made < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was made above, and nothing else owns it.
    let stream = unsafe { TcpStream::from_raw_fd(made) };
    // SAFETY: cannot raise: the descriptor is open.
    if unsafe { libc::fcntl(made, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
        return Err(io::Error::last_os_error());
    }
    stream.set_nonblocking(true)?;
    let started = match address {
        SocketAddr::V4(address) => {
            // SAFETY: zeros are a value of this type.
            let mut name: libc::sockaddr_in = unsafe { mem::zeroed() };
            name.sin_family = family as libc::sa_family_t;
            name.sin_port = address.port().to_be();
            name.sin_addr.s_addr = u32::from_ne_bytes(address.ip().octets());
            connect(made, &name)
        }
        SocketAddr::V6(address) => {
            // SAFETY: zeros are a value of this type.
            let mut name: libc::sockaddr_in6 = unsafe { mem::zeroed() };
            name.sin6_family = family as libc::sa_family_t;
            name.sin6_port = address.port().to_be();
            name.sin6_addr.s6_addr = address.ip().octets();
            name.sin6_flowinfo = address.flowinfo();
            name.sin6_scope_id = address.scope_id();
            connect(made, &name)
        }
    };
    match started {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(stream),
    }
}

/// A connection that a signal has interrupted is made all the same.
fn is_under_way(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR))
}

fn connect<T>(socket: RawFd, name: &T) -> io::Result<()> {
    let length = mem::size_of::<T>() as libc::socklen_t;
    // SAFETY: cannot raise: the system reads `length` bytes of the name.
    if unsafe { libc::connect(socket, ptr::from_ref(name).cast(), length) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn both_families_connect() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // A machine may have no IPv6.
            let Ok(listener) = TcpListener::bind(address) else {
                continue;
            };
            let stream = start_connect(listener.local_addr().unwrap()).unwrap();
            let (_, peer) = listener.accept().unwrap();
            assert_eq!(peer, stream.local_addr().unwrap());
        }
        assert!(TcpListener::bind("127.0.0.1:0").is_ok());
    }
}
