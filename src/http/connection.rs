//! Connections. Actix reads requests from them and writes the answers; what it does not see to is here: nobody may take
//! forever to send or to read, a request is answered before the next is decoded, and what cannot be read as HTTP, which
//! Actix refuses without a body before anything of ours sees it, is answered with a problem as any other.

use std::{
    fmt::Debug,
    io::{self, Write},
    mem::MaybeUninit,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use actix_http::{HttpService, KeepAlive, Protocol, Request, Response, error::DispatchError};
use actix_server::GracefulShutdownSignal;
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    Error, ResponseError,
    body::MessageBody,
    dev::{AppConfig, Extensions},
    http::header::HttpDate,
    web::{Bytes, BytesMut},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, copy, sink},
    net::TcpStream,
    time::{Instant, Sleep, sleep, timeout},
};

use super::{
    envelope,
    exchange::{Awaited, Exchange, Waiting},
    limits::Address,
};
use crate::{
    problem::{Problem, ProblemCode, REQUEST_ID},
    state::App,
};

/// How long the head of a request may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take nothing of an answer, as far as the system tells: Linux tells of two thirds of [`SEND_BUFFER`].
const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of an answer that the system keeps for a client. By itself it keeps megabytes, and tells as little of who takes them.
pub const SEND_BUFFER: u32 = 64 * 1024;
/// How long a client may go on sending after the last answer. Whoever closes on what is under way takes the answer back.
const LINGER: Duration = Duration::from_secs(5);
/// How long the rest of a body of known length is listened to that nobody reads. The client is not told meanwhile that the
/// connection closes.
const UNREAD: Duration = Duration::from_secs(1);

/// Speaks HTTP/1.1 on each connection, by what `application` makes.
pub fn http<I, S, B>(
    app: App,
    shutdown: GracefulShutdownSignal,
    application: I,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as actix_service::Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let application = application.into_factory().map_err(|error| error.into().error_response());
    let speaks = HttpService::build()
        // Actix would time the first head alone, and the next request while an answer is still under way.
        .client_request_timeout(Duration::ZERO)
        .keep_alive(KeepAlive::Os)
        .client_disconnect_timeout(UNREAD)
        .graceful_shutdown_signal(move || {
            let shutdown = shutdown.clone();
            async move { shutdown.notified().await }
        })
        .on_connect_ext(|connection: &Connection, data: &mut Extensions| {
            data.insert(Rc::clone(&connection.exchange));
        })
        .finish(map_config(application, |()| AppConfig::default()));
    let accept = move |stream: TcpStream| {
        let app = app.clone();
        async move {
            stream.set_nodelay(true).ok();
            let peer = stream.peer_addr().ok();
            let address = Address::of_peer(peer.map(|peer| peer.ip()));
            Ok((Connection::new(app, address, stream), Protocol::Http1, peer))
        }
    };
    fn_service(accept).and_then(speaks)
}

/// The connection of a client.
struct Connection {
    app: App,
    address: Address,
    stream: Stream,
    exchange: Rc<Exchange>,
    /// What the client sent before it was awaited, and whether that was all.
    ahead: BytesMut,
    has_ended: bool,
    /// Actix asked for more before the answer was finished.
    was_put_off: bool,
    /// What `patience` runs for.
    waiting: Option<Waiting>,
    patience: Timer,
    stall_timer: Timer,
    /// The client went on sending after the last answer.
    is_sending: bool,
    linger_timer: Timer,
}

/// Runs while somebody is waited for.
type Timer = Option<Pin<Box<Sleep>>>;

enum Stream {
    Open(TcpStream),
    Refused(Pin<Box<dyn Future<Output = ()>>>),
    Closed,
}

impl Connection {
    fn new(app: App, address: Address, stream: TcpStream) -> Self {
        Self {
            app,
            address,
            stream: Stream::Open(stream),
            exchange: Rc::default(),
            ahead: BytesMut::new(),
            has_ended: false,
            was_put_off: false,
            waiting: None,
            patience: None,
            stall_timer: None,
            is_sending: false,
            linger_timer: None,
        }
    }

    /// From here on the client reads `code`, and nothing else.
    fn refuse(&mut self, code: ProblemCode) {
        self.stream = match std::mem::replace(&mut self.stream, Stream::Closed) {
            Stream::Open(open) => Stream::Refused(Box::pin(refuse(open, problem(&self.app, self.address, code)))),
            other => other,
        };
    }

    /// Waits for the client, and says for what it was in vain. While an answer is on its way, the client is not waited for.
    /// The wait begins when it is first asked for.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<Waiting> {
        let Some(waiting) = self.exchange.waiting().filter(|_| self.stall_timer.is_none()) else {
            self.waiting = None;
            return Poll::Pending;
        };
        let timer = self.patience.get_or_insert_with(|| Box::pin(sleep(Duration::ZERO)));
        if self.waiting.replace(waiting) != Some(waiting) {
            let patience = match waiting {
                Waiting::Request => Duration::from_secs(self.app.config.limits.keep_alive_seconds),
                Waiting::Head => HEAD_TIMEOUT,
                Waiting::Rest => LINGER,
            };
            timer.as_mut().reset(Instant::now() + patience);
        }
        timer.as_mut().poll(context).map(|()| waiting)
    }

    /// Listens to what the client still sends, for a while, until it has closed too.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            self.is_sending |= !self.ahead.is_empty();
            self.ahead.clear();
            if self.has_ended {
                return Poll::Ready(());
            }
            match self.poll_ahead(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending if self.is_sending => break,
                Poll::Pending => return Poll::Ready(()),
            }
        }
        let timer = self.linger_timer.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        timer.as_mut().poll(context)
    }

    /// Goes on with a refusal until the client has it.
    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Stream::Refused(refusing) = &mut self.stream {
            ready!(refusing.as_mut().poll(context));
            self.stream = Stream::Closed;
        }
        Poll::Ready(())
    }

    /// Listens for what is not awaited: it is kept, a little of it, and that the client has gone is noticed.
    fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Stream::Open(stream) = &mut self.stream else { return Poll::Ready(Ok(())) };
        let mut chunk = [const { MaybeUninit::uninit() }; 1024];
        let mut chunk = ReadBuf::uninit(&mut chunk);
        ready!(Pin::new(stream).poll_read(context, &mut chunk))?;
        self.has_ended = chunk.filled().is_empty();
        self.ahead.extend_from_slice(chunk.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match this.exchange.awaited() {
            Awaited::Nothing => {
                if this.ahead.is_empty() && !this.has_ended {
                    ready!(this.poll_ahead(context))?;
                }
                this.was_put_off = true;
                return Poll::Pending;
            }
            Awaited::End => {
                while !this.has_ended && matches!(this.stream, Stream::Open(_)) {
                    ready!(this.poll_ahead(context))?;
                    this.ahead.clear();
                }
                return Poll::Ready(Ok(()));
            }
            Awaited::Head | Awaited::Body => {}
        }
        let before = into.filled().len();
        if !this.ahead.is_empty() {
            let room = this.ahead.len().min(into.remaining());
            let taken = this.exchange.take(this.ahead.get(..room).unwrap_or_default());
            into.put_slice(&this.ahead.split_to(taken));
        } else if let (Stream::Open(stream), false) = (&mut this.stream, this.has_ended) {
            match Pin::new(stream).poll_read(context, into) {
                Poll::Pending => match ready!(this.poll_patience(context)) {
                    Waiting::Head => this.refuse(ProblemCode::RequestTimeout),
                    Waiting::Request | Waiting::Rest => this.has_ended = true,
                },
                Poll::Ready(read) => read?,
            }
            let fresh = into.filled().get(before..).unwrap_or_default();
            let taken = this.exchange.take(fresh);
            this.ahead.extend_from_slice(fresh.get(taken..).unwrap_or_default());
            into.set_filled(before + taken);
        }
        if this.waiting != this.exchange.waiting() {
            this.waiting = None;
        }
        ready!(this.poll_refusal(context));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let ours = match refusal(bytes) {
            None => bytes,
            Some((0, code)) => {
                this.refuse(code);
                bytes
            }
            Some((before, _)) => bytes.get(..before).unwrap_or_default(),
        };
        ready!(this.poll_refusal(context));
        let Stream::Open(stream) = &mut this.stream else { return Poll::Ready(Ok(bytes.len())) };
        let written = Pin::new(stream).poll_write(context, ours);
        if written.is_pending() {
            let timer = this.stall_timer.get_or_insert_with(|| Box::pin(sleep(STALL_TIMEOUT)));
            ready!(timer.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        this.stall_timer = None;
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let has_come_ahead = self.was_put_off && self.exchange.awaited() != Awaited::Nothing;
        let is_closing = self.has_ended || self.linger_timer.is_some();
        // Actix does not ask again once it has answered.
        if has_come_ahead || !is_closing && self.poll_patience(context).is_ready() {
            self.was_put_off = false;
            context.waker().wake_by_ref();
        }
        match &mut self.stream {
            Stream::Open(stream) => Pin::new(stream).poll_flush(context),
            _ => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Stream::Open(stream) = &mut self.stream else { return Poll::Ready(Ok(())) };
        ready!(Pin::new(stream).poll_shutdown(context))?;
        self.poll_farewell(context).map(Ok)
    }
}

/// Where in what is to be written the refusal of Actix starts, and what it stands for. It ends a connection and has no
/// header but these; each answer of ours has more.
fn refusal(bytes: &[u8]) -> Option<(usize, ProblemCode)> {
    const DATE: &str = "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n";
    let (head, date) = bytes.split_at_checked(bytes.len().checked_sub(DATE.len())?)?;
    if !date.starts_with(b"date: ") || !date.ends_with(b"\r\n\r\n") {
        return None;
    }
    let kept: [&[u8]; 2] = [b"connection: close\r\n", b"connection: keep-alive\r\n"];
    let head = kept.iter().find_map(|line| head.strip_suffix(*line)).unwrap_or(head);
    let head = head.strip_suffix(b"content-length: 0\r\n")?;
    let lines: [(&[u8], ProblemCode); 4] = [
        (b" 400 Bad Request\r\n", ProblemCode::BadRequest),
        (b" 408 Request Timeout\r\n", ProblemCode::RequestTimeout),
        (b" 431 Request Header Fields Too Large\r\n", ProblemCode::HeaderFieldsTooLarge),
        (b" 500 Internal Server Error\r\n", ProblemCode::Internal),
    ];
    let (head, code) = lines.iter().find_map(|(line, code)| Some((head.strip_suffix(*line)?, *code)))?;
    let before = head.strip_suffix(b"HTTP/1.1").or_else(|| head.strip_suffix(b"HTTP/1.0"))?;
    Some((before.len(), code))
}

/// The whole answer as it goes over the wire. Its address is that of the peer: nothing of a request says another.
fn problem(app: &App, address: Address, code: ProblemCode) -> Bytes {
    let (name, id) = envelope::new_name();
    let detail = match code {
        ProblemCode::BadRequest => Some("this cannot be read as a request of HTTP/1.1"),
        ProblemCode::RequestTimeout => Some("the head of the request did not arrive within 10 seconds"),
        ProblemCode::HeaderFieldsTooLarge => Some("a head may have 128 KiB and 96 headers"),
        _ => None,
    };
    let problem = detail.map_or_else(|| Problem::from(code), |detail| Problem::new(code, detail));
    let mut response = REQUEST_ID.sync_scope(id, || problem.error_response());
    envelope::add_headers(app, &mut response, &name, false);
    app.limits.tell(response.headers_mut(), None, address);
    let status = response.status();
    envelope::note_unreadable(status, &name);
    let mut whole = Vec::with_capacity(1024);
    let date = HttpDate::from(SystemTime::now());
    write!(whole, "HTTP/1.1 {status}\r\nconnection: close\r\ndate: {date}\r\n").ok();
    for (name, value) in response.headers() {
        whole.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let body = response.into_body().try_into_bytes().unwrap_or_default();
    write!(whole, "content-length: {}\r\n\r\n", body.len()).ok();
    whole.extend_from_slice(&body);
    whole.into()
}

/// Answers and closes. A client that has gone needs no answer.
async fn refuse(mut stream: TcpStream, problem: Bytes) {
    let answered = async {
        stream.write_all(&problem).await?;
        stream.shutdown().await?;
        copy(&mut stream, &mut sink()).await
    };
    timeout(LINGER, answered).await.ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_from_its_end_and_nothing_else_is_one() {
        let date = "date: Fri, 27 Nov 2026 12:00:00 GMT\r\n\r\n";
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: a\r\n{date}{{}}");
        for (bytes, expected) in [
            (format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n{date}"), Some((0, ProblemCode::BadRequest))),
            (
                format!("HTTP/1.0 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n{date}"),
                Some((0, ProblemCode::RequestTimeout)),
            ),
            (
                format!("{answer}HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n{date}"),
                Some((answer.len(), ProblemCode::HeaderFieldsTooLarge)),
            ),
            (answer.clone(), None),
            (format!("HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n{date}"), None),
            (format!("HTTP/1.1 400 Bad Request\r\nx-request-id: a\r\ncontent-length: 0\r\n{date}"), None),
            (format!("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n{date}"), None),
            (String::new(), None),
            (date.to_owned(), None),
        ] {
            assert_eq!(refusal(bytes.as_bytes()), expected, "{bytes}");
        }
    }
}
