//! tokio's traits for reading and writing, for sockets of the standard library.
#![forbid(unsafe_code)]

use super::socket::Socket;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// With the feature `tokio`, for libraries that take any stream. It needs no runtime.
impl<T: AsFd> AsyncRead for Socket<T>
where
    for<'a> &'a T: Read,
{
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self.poll_attempt(0, context, |mut source| {
            source.read(buffer.initialize_unfilled())
        });
        read.map_ok(|count| buffer.advance(count))
    }
}

macro_rules! writes {
    ($type:ty) => {
        /// With the feature `tokio`. `shutdown` ends the stream for the peer; reading goes on.
        impl AsyncWrite for Socket<$type> {
            fn poll_write(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.poll_attempt(1, context, |mut source| source.write(bytes))
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
                parts: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.poll_attempt(1, context, |mut source| source.write_vectored(parts))
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            /// Sockets have no buffer of their own.
            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(match Socket::get_ref(&self).shutdown(Shutdown::Write) {
                    // The peer has ended the connection.
                    Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
                    result => result,
                })
            }
        }
    };
}

writes!(TcpStream);
writes!(UnixStream);
