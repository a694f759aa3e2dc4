//! What may be read from a connection, and when. Actix decodes the requests that follow while one is still answered, and
//! then answers by the method, the version and the `Connection` of the last that it decoded. So it is handed one at a
//! time. Bytes are only held back, never changed: what is a request is for its parser to say.

use std::{cell::Cell, rc::Rc};

use actix_http::ConnectionType;
use actix_web::{
    dev::{Payload, ServiceRequest},
    http::header,
};
use memchr::memchr_iter;

/// How far a connection has come. Shared by the connection, which reads, and the envelope, which answers.
#[derive(Default)]
pub struct Exchange {
    stage: Cell<Stage>,
    head: Cell<Head>,
    body: Cell<Body>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Head,
    /// A head is read, and its answer is not finished.
    Answer,
    /// Nothing follows.
    Over,
}

/// What is to be read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    Head,
    Body,
    /// Nothing before the answer is finished.
    Nothing,
    /// Nothing ever.
    End,
}

/// What a client is waited for while nothing is on its way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A request, of which nothing has come. Empty lines are nothing.
    Request,
    /// The rest of a head.
    Head,
    /// The rest of a body whose request is answered already.
    Rest,
}

impl Exchange {
    pub fn awaited(&self) -> Awaited {
        match (self.body.get(), self.stage.get()) {
            (Body::Length(1..) | Body::Chunks(_), _) => Awaited::Body,
            (_, Stage::Head) => Awaited::Head,
            (_, Stage::Answer) => Awaited::Nothing,
            (_, Stage::Over) => Awaited::End,
        }
    }

    /// Nothing while a request is answered: that has a limit of its own.
    pub fn waiting(&self) -> Option<Waiting> {
        match (self.awaited(), self.stage.get()) {
            (Awaited::Head, _) if self.head.get().has_begun() => Some(Waiting::Head),
            (Awaited::Head, _) => Some(Waiting::Request),
            (Awaited::Body, Stage::Head | Stage::Over) => Some(Waiting::Rest),
            _ => None,
        }
    }

    /// How many of `bytes` are awaited. They count as read.
    pub fn take(&self, bytes: &[u8]) -> usize {
        match self.awaited() {
            Awaited::Head => {
                let mut head = self.head.get();
                let end = head.end_in(bytes);
                self.head.set(head);
                if end.is_some() {
                    self.stage.set(Stage::Answer);
                }
                end.unwrap_or(bytes.len())
            }
            Awaited::Body => {
                let mut body = self.body.get();
                let taken = body.take(bytes);
                self.body.set(body);
                taken
            }
            Awaited::Nothing | Awaited::End => 0,
        }
    }
}

/// A request that is being answered. Where this ends, the next one may be read.
pub struct Answering {
    exchange: Option<Rc<Exchange>>,
    is_last: bool,
}

impl Answering {
    pub fn begin(request: &ServiceRequest) -> Self {
        let exchange = request.conn_data::<Rc<Exchange>>().cloned();
        let length = || request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
        if let Some(exchange) = &exchange {
            exchange.stage.set(Stage::Answer);
            exchange.body.set(match request.parts().1 {
                Payload::None => Body::default(),
                _ => length().map_or(Body::Chunks(Chunks::default()), Body::Length),
            });
        }
        Self { exchange, is_last: request.head().connection_type() != ConnectionType::KeepAlive }
    }

    /// Whether nothing is answered after this on its connection. Whoever asks for another protocol is told so too: there is
    /// none.
    pub fn is_last(&self) -> bool {
        self.is_last
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if let Some(exchange) = &self.exchange {
            exchange.stage.set(if self.is_last { Stage::Over } else { Stage::Head });
        }
    }
}

/// What is still to come of a body.
#[derive(Clone, Copy)]
enum Body {
    /// Bytes.
    Length(u64),
    Chunks(Chunks),
}

impl Default for Body {
    fn default() -> Self {
        Self::Length(0)
    }
}

impl Body {
    /// How many of `bytes` belong to it.
    fn take(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Length(left) => {
                let taken = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= taken as u64;
                taken
            }
            Self::Chunks(chunks) => match chunks.end_in(bytes) {
                Some(end) => {
                    *self = Self::default();
                    end
                }
                None => bytes.len(),
            },
        }
    }
}

/// Looks for the end of a body in chunks (RFC 9112, section 7.1): a size in hexadecimal digits and what may stand after it
/// on its line, so many bytes, an empty line, and so on; after a size of zero, lines up to an empty one. Lines end with CR
/// and LF, as they do for Actix: whoever saw another end than it does would wait for a request that it never sees.
#[derive(Clone, Copy, Debug, Default)]
struct Chunks {
    /// Bytes of the chunk under way, and of the end of its line.
    data: u64,
    size: u64,
    has_size: bool,
    /// Only the first word of a line is a size.
    after_size: bool,
    in_trailer: bool,
    is_line_begun: bool,
    has_cr: bool,
}

impl Chunks {
    fn end_in(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if self.data > 0 {
                let passed = rest.len().min(usize::try_from(self.data).unwrap_or(usize::MAX));
                self.data -= passed as u64;
                rest = rest.get(passed..).unwrap_or_default();
                continue;
            }
            rest = after;
            let digit = char::from(byte).to_digit(16);
            let ends_line = byte == b'\n' && self.has_cr;
            self.has_cr = byte == b'\r';
            match digit {
                _ if self.has_cr => {}
                _ if ends_line && self.in_trailer && !self.is_line_begun => return Some(bytes.len() - rest.len()),
                _ if ends_line && self.in_trailer => self.is_line_begun = false,
                _ if ends_line && self.has_size && self.size == 0 => self.in_trailer = true,
                _ if ends_line && self.has_size => {
                    *self = Self { data: self.size.saturating_add(2), ..Self::default() };
                }
                Some(digit) if !self.after_size && !self.in_trailer => {
                    self.size = self.size.saturating_mul(16).saturating_add(digit.into());
                    self.has_size = true;
                }
                _ => (self.after_size, self.is_line_begun) = (true, self.in_trailer),
            }
        }
        None
    }
}

/// Looks for the empty line at which a head ends. Lines end with LF, or with CR and LF; empty ones before the first are
/// passed over (RFC 9112, section 2.2).
#[derive(Clone, Copy, Default)]
struct Head {
    /// A line that is not empty has been read.
    has_line: bool,
    /// Bytes of the line under way, and the last of them.
    length: usize,
    last: u8,
}

impl Head {
    fn has_begun(self) -> bool {
        self.has_line || self.length > 0
    }

    /// Where in `bytes` it ends. The next one starts there.
    fn end_in(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            self.go_on(bytes.get(start..end).unwrap_or_default());
            let is_empty = self.length == 0 || self.length == 1 && self.last == b'\r';
            self.length = 0;
            start = end + 1;
            if is_empty && self.has_line {
                self.has_line = false;
                return Some(start);
            }
            self.has_line |= !is_empty;
        }
        self.go_on(bytes.get(start..).unwrap_or_default());
        None
    }

    fn go_on(&mut self, part: &[u8]) {
        self.length += part.len();
        self.last = part.last().copied().unwrap_or(self.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end is found in one piece and byte by byte.
    fn ends<S: Default>(end_in: fn(&mut S, &[u8]) -> Option<usize>, bytes: &str, expected: Option<usize>) {
        assert_eq!(end_in(&mut S::default(), bytes.as_bytes()), expected, "{bytes:?}");
        let mut in_parts = S::default();
        let end = bytes.bytes().position(|byte| end_in(&mut in_parts, &[byte]).is_some());
        assert_eq!(end.map(|at| at + 1), expected, "{bytes:?} byte by byte");
    }

    #[test]
    fn a_head_ends_at_the_first_empty_line_however_it_comes() {
        for (bytes, expected) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Some(27)),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", Some(27)),
            ("\r\n\r\n\nGET / HTTP/1.1\r\n\r\n", Some(23)),
            ("GET / HTTP/1.1\n\n", Some(16)),
            ("GET / HTTP/1.1\n\r\nHEAD", Some(17)),
            ("RUBBISH\r\n\r\n", Some(11)),
            ("GET / HTTP/1.1\r\nHost: a\r\n", None),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r", None),
            ("GET / HTTP/1.1\r\n\r\r\n", None),
            ("\r\n\r\n", None),
            ("", None),
        ] {
            ends(Head::end_in, bytes, expected);
        }
    }

    #[test]
    fn a_body_in_chunks_ends_with_the_line_after_its_last_chunk() {
        for (bytes, expected) in [
            ("0\r\n\r\n", Some(5)),
            ("0\r\n\r\nGET /", Some(5)),
            ("2\r\n{}\r\n0\r\n\r\n", Some(12)),
            ("A;name=value\r\n0\r\n\r\n56789\r\n000\r\n\r\nGET", Some(33)),
            ("1\r\na\r\n0;x=0\r\nTrailer: 0\r\nb: 1\r\n\r\n", Some(33)),
            ("2\r\n{}\r\n0\r\n", None),
            ("0\r\n\n", None),
            ("0\r\n\nGET /\r\n\r\n", Some(13)),
            ("0\r\nX: y\n\r\n", None),
            ("0\r\nX: y\n\r\n\r\n", Some(12)),
            ("ffffffffffffffffffff\r\n0\r\n\r\n", None),
            ("ZZ\r\n\r\n", None),
            ("", None),
        ] {
            ends(Chunks::end_in, bytes, expected);
        }
    }

    #[test]
    fn one_request_is_handed_on_at_a_time() {
        let exchange = Exchange::default();
        let two = b"HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        assert_eq!(exchange.take(two), 19);
        assert_eq!((exchange.awaited(), exchange.take(&two[19..])), (Awaited::Nothing, 0));
        exchange.body.set(Body::Length(5));
        assert_eq!(exchange.take(b"abc"), 3);
        assert_eq!(exchange.take(b"deGET"), 2);
        assert_eq!(exchange.awaited(), Awaited::Nothing);
        exchange.stage.set(Stage::Head);
        assert_eq!(exchange.take(b"GET / H"), 7);
        assert_eq!(exchange.awaited(), Awaited::Head);
    }

    #[test]
    fn a_client_is_waited_for_while_it_has_something_to_send() {
        let exchange = Exchange::default();
        let waiting = |bytes: &[u8]| {
            exchange.take(bytes);
            exchange.waiting()
        };
        assert_eq!(waiting(b""), Some(Waiting::Request));
        assert_eq!(waiting(b"\r\n\r\n"), Some(Waiting::Request));
        assert_eq!(waiting(b"P"), Some(Waiting::Head));
        assert_eq!(waiting(b"OST / HTTP/1.1\r\n\r\n"), None);
        exchange.body.set(Body::Length(5));
        assert_eq!(exchange.waiting(), None);
        exchange.stage.set(Stage::Head);
        assert_eq!(exchange.waiting(), Some(Waiting::Rest));
        exchange.take(b"12345");
        assert_eq!(exchange.waiting(), Some(Waiting::Request));
        exchange.stage.set(Stage::Over);
        assert_eq!(exchange.waiting(), None);
    }
}
