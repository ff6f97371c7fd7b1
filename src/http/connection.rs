//! Connections: HTTP/1.1 with a bound on everything that a client may delay, and a graceful shutdown.
//!
//! hyper bounds the size and time of a request head, and the time a connection is silent. [`WriteTimeout`] bounds the
//! time a response waits to be read. Connections over the limit ([`super::connection_limit`]) are answered with 503 on a few
//! spare ones, which have little time for their request; connections over those are closed without a response.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::Sleep,
};
use tower::Service;

use super::{
    app::App,
    connection_limit::{Capacity, ConnectionLimit, ConnectionPermit},
    protocol_error,
    router::router,
    task::spawn,
};

/// The most time that a connection over the limit has for its request: a silent one makes way for the next.
const SPARE_HEADER_TIMEOUT: Duration = Duration::from_secs(1);

/// The bytes a client must read to restart the write timeout: a slow reader goes on, a stalled one does not.
const MIN_PROGRESS_BYTES: usize = 64 << 10;

/// The delay before the next accept when the process is out of file descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Serves until `shutdown` resolves, then accepts no connection and waits for running requests, mutations without a
/// client included.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (settings, concurrency_limit) = (app.settings.clone(), app.concurrency_limit.clone());
    let authenticator = app.authenticator.clone();
    let key_refresh = spawn(async move { authenticator.refresh_keys().await });
    let router = router(app);
    let (shutdown_sender, _) = watch::channel(());
    let connection_limit = ConnectionLimit::new(settings.connections, settings.connections_per_address);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_buf_size(settings.header_limit.max(8 << 10))
        .half_close(false);
    let mut spare_http = http.clone();
    spare_http.header_read_timeout(settings.header_timeout.min(SPARE_HEADER_TIMEOUT));
    let mut shutdown = Box::pin(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
                        tracing::error!("a connection cannot be accepted: {error}");
                        tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                    }
                    continue;
                }
            },
        };
        let Some((permit, capacity)) = connection_limit.admit(peer.ip()) else { continue };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("a connection was closed by its client: {error}");
            continue;
        }
        let stream = WriteTimeout::new(stream, settings.answer_timeout, settings.header_limit, permit);
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| handle(router.clone(), request, peer, capacity));
        let http = if capacity == Capacity::Served { &http } else { &spare_http };
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let mut shutdown_receiver = shutdown_sender.subscribe();
        spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                _ = shutdown_receiver.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%peer, "a connection ended: {error}");
            }
        });
    }
    drop(listener);
    let drained = async {
        shutdown_sender.send_replace(());
        shutdown_sender.closed().await;
        concurrency_limit.drain().await;
    };
    if tokio::time::timeout(settings.stop_timeout, drained).await.is_err() {
        tracing::warn!("requests were cancelled: they did not end within {:?}", settings.stop_timeout);
    }
    key_refresh.abort();
    Ok(())
}

async fn handle(
    mut router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
    capacity: Capacity,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(capacity);
    router.call(request).await
}

/// A connection that is closed when its client does not read a response within a timeout. It also rewrites the
/// responses that hyper writes by itself.
struct WriteTimeout {
    stream: TcpStream,
    timeout: Duration,
    /// The end of the timeout, while a write is pending.
    deadline: Option<Pin<Box<Sleep>>>,
    /// The bytes written since the timeout started.
    written_bytes: usize,
    header_limit: usize,
    /// The unwritten part of a response that replaces hyper's own, and the length of hyper's.
    replacement: Option<(Vec<u8>, usize)>,
    /// Counts the connection as long as it is open, upgraded ones included.
    _permit: ConnectionPermit,
}

impl WriteTimeout {
    fn new(stream: TcpStream, timeout: Duration, header_limit: usize, permit: ConnectionPermit) -> Self {
        Self { stream, timeout, deadline: None, written_bytes: 0, header_limit, replacement: None, _permit: permit }
    }

    /// Writes the replacement of hyper's own response, if these bytes are one. Ready with the length of `bytes` when the
    /// whole replacement is written.
    fn poll_replacement(&mut self, bytes: &[u8], cx: &mut Context<'_>) -> Option<Poll<io::Result<usize>>> {
        if self.replacement.is_none() {
            self.replacement = Some((protocol_error::rewrite(bytes, self.header_limit)?, bytes.len()));
        }
        while let Some((unwritten, length)) = &mut self.replacement {
            if unwritten.is_empty() {
                let length = *length;
                self.replacement = None;
                return Some(Poll::Ready(Ok(length)));
            }
            match Pin::new(&mut self.stream).poll_write(cx, unwritten) {
                Poll::Ready(Ok(written)) => drop(unwritten.drain(..written)),
                other => return Some(other),
            }
        }
        None
    }

    /// Starts the timeout when a write is pending, and restarts it after enough progress.
    fn enforce_timeout(&mut self, written: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => {
                let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.timeout)));
                match deadline.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                    Poll::Pending => Poll::Pending,
                }
            }
            Poll::Ready(Ok(bytes)) => {
                self.written_bytes += bytes;
                if self.written_bytes >= MIN_PROGRESS_BYTES {
                    (self.deadline, self.written_bytes) = (None, 0);
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    }
}

impl AsyncRead for WriteTimeout {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for WriteTimeout {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = match self.poll_replacement(bytes, cx) {
            Some(replaced) => replaced,
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
        };
        self.enforce_timeout(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let replaced = slices.first().and_then(|head| self.poll_replacement(head, cx));
        let written = match replaced {
            Some(replaced) => replaced,
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, slices),
        };
        self.enforce_timeout(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes after its buffer is written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (self.deadline, self.written_bytes) = (None, 0);
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
