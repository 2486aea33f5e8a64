//! Connecting sockets.
#![forbid(unsafe_code)]

use super::server::Server;
use super::socket::Socket;
use crate::wait::start_connect;
use crate::worker::ConnectionState;
use std::io;
use std::net::{SocketAddr, TcpStream};

impl<S: ConnectionState> Server<'_, S> {
    /// Connects to a TCP server. Other tasks run meanwhile.
    ///
    /// [`ToSocketAddrs`](std::net::ToSocketAddrs) makes addresses of a name, and blocks: call it on
    /// a thread ([`Server::spawn_thread`]) unless the name is an address. For Unix sockets,
    /// [`UnixStream::connect`](std::os::unix::net::UnixStream::connect) does not block as long as
    /// the other side accepts connections.
    ///
    /// # Errors
    /// Those of the system. It tries for about two minutes if nothing answers; use
    /// [`Server::timeout`].
    pub async fn connect(&self, address: SocketAddr) -> io::Result<Socket<TcpStream>> {
        let socket = start_connect(address)?;
        let socket = self.socket(socket).map_err(io::Error::other)?;
        socket.writable().await.map_err(io::Error::other)?;
        match socket.get_ref().take_error()? {
            Some(error) => Err(error),
            None => Ok(socket),
        }
    }
}
