//! Connections: HTTP/1.1 with a bound on everything a client may take its time with, and a calm end.
//!
//! hyper bounds the head of a request in size and time, and a silent connection with it. [`Patient`] bounds how long an
//! answer may wait to be taken. More connections than there is room for are answered 503 on a few spare ones; past those
//! they are closed unheard.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::Sleep,
};
use tower::Service;

use super::{App, begin, router, unheard::instead};

/// Connections past the cap that are told why they are not served.
const SPARE: usize = 64;

/// Bytes that must be taken before an answer is given more time: a slow reader goes on, a stalled one does not.
const STRIDE: usize = 64 << 10;

/// How long to wait when the process can open no more files.
const BREATH: Duration = Duration::from_millis(100);

/// In a request: its connection is one too many.
#[derive(Clone, Copy, Debug)]
pub struct Crowded;

/// Serves until told to stop; then takes nobody new and lets the requests at hand end, mutations without a client too.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let (settings, gate) = (app.settings.clone(), app.gate.clone());
    let router = router(app);
    let (stopping, _) = watch::channel(());
    let (room, spare) = (Arc::new(Semaphore::new(settings.connections)), Arc::new(Semaphore::new(SPARE)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_buf_size(settings.header_limit.max(8 << 10))
        .half_close(false);
    let mut stop = Box::pin(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
                        tracing::error!("a connection cannot be accepted: {error}");
                        tokio::time::sleep(BREATH).await;
                    }
                    continue;
                }
            },
        };
        let (place, crowded) = match room.clone().try_acquire_owned() {
            Ok(place) => (place, false),
            Err(_) => match spare.clone().try_acquire_owned() {
                Ok(place) => (place, true),
                Err(_) => continue,
            },
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("a connection is gone: {error}");
            continue;
        }
        let io = TokioIo::new(Patient::new(stream, settings.answer_timeout, settings.header_limit, place));
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request, peer, crowded));
        let connection = http.serve_connection(io, service).with_upgrades();
        let mut told = stopping.subscribe();
        begin(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                _ = told.changed() => {
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
    let ended = async {
        stopping.send_replace(());
        stopping.closed().await;
        gate.emptied().await;
    };
    if tokio::time::timeout(settings.stop_timeout, ended).await.is_err() {
        tracing::warn!("requests were cut off: they did not end within {:?}", settings.stop_timeout);
    }
    Ok(())
}

async fn answer(
    mut router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
    crowded: bool,
) -> Result<axum::response::Response, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    if crowded {
        request.extensions_mut().insert(Crowded);
    }
    router.call(request).await
}

/// A connection that does not wait for ever for its client to read.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// When what is being written must have been taken.
    due: Option<Pin<Box<Sleep>>>,
    /// Bytes taken since.
    taken: usize,
    header_limit: usize,
    /// What is left of an answer that is written instead of hyper's own, and the length of that.
    instead: Option<(Vec<u8>, usize)>,
    /// Its place among the connections, as long as it is open: a WebSocket's too.
    _place: OwnedSemaphorePermit,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration, header_limit: usize, place: OwnedSemaphorePermit) -> Self {
        Self { stream, patience, due: None, taken: 0, header_limit, instead: None, _place: place }
    }

    /// Writes what stands instead of these bytes; ready with their number when all of it was taken.
    fn replace(&mut self, bytes: &[u8], cx: &mut Context<'_>) -> Option<Poll<io::Result<usize>>> {
        if self.instead.is_none() {
            self.instead = Some((instead(bytes, self.header_limit)?, bytes.len()));
        }
        while let Some((left, length)) = &mut self.instead {
            if left.is_empty() {
                let length = *length;
                self.instead = None;
                return Some(Poll::Ready(Ok(length)));
            }
            match Pin::new(&mut self.stream).poll_write(cx, left) {
                Poll::Ready(Ok(taken)) => drop(left.drain(..taken)),
                other => return Some(other),
            }
        }
        None
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => {
                let due = self.due.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.patience)));
                match due.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                    Poll::Pending => Poll::Pending,
                }
            }
            Poll::Ready(Ok(bytes)) => {
                self.taken += bytes;
                if self.taken >= STRIDE {
                    (self.due, self.taken) = (None, 0);
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = match self.replace(bytes, cx) {
            Some(replaced) => replaced,
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
        };
        self.wrote(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let replaced = parts.first().and_then(|head| self.replace(head, cx));
        let written = match replaced {
            Some(replaced) => replaced,
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, parts),
        };
        self.wrote(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when everything it holds was taken.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (self.due, self.taken) = (None, 0);
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
