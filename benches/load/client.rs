//! A load generator: connections that send a request, wait for the whole answer, and send the next.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One request and the status that it must be answered with.
pub struct Call {
    head: String,
    body: String,
    expected: u16,
}

impl Call {
    pub fn get(path: &str) -> Self {
        Self { head: format!("GET {path} HTTP/1.1\r\nhost: bench\r\n"), body: String::new(), expected: 200 }
    }

    pub fn post(path: &str, body: String) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        Self { head, body, expected: 201 }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub fn expecting(self, expected: u16) -> Self {
        Self { expected, ..self }
    }
}

/// Opens connections that each have one answer, and keeps them.
pub async fn hold(address: SocketAddr, connections: usize, call: &Call) -> Vec<TcpStream> {
    let mut held = Vec::new();
    let mut buffer = vec![0; 256 * 1024];
    for _ in 0..connections {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{}\r\n{}", call.head, call.body).as_bytes()).await.unwrap();
        read_answer(&mut stream, &mut buffer, call.expected).await;
        held.push(stream);
    }
    held
}

/// What a run took.
pub struct Run {
    milliseconds: Vec<f64>,
    pub body_size: usize,
}

impl Run {
    pub fn quantile(&self, at: f64) -> f64 {
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() - 1) as f64 * at) as usize]
    }
}

/// Sends `requests` calls over `connections` connections.
pub async fn drive(address: SocketAddr, connections: usize, requests: usize, call: impl Fn(usize) -> Call) -> Run {
    let next = AtomicUsize::new(0);
    let runs = join_all((0..connections.min(requests)).map(|_| one_connection(address, &next, requests, &call))).await;
    let body_size = runs.iter().map(|run| run.body_size).max().unwrap_or(0);
    Run { milliseconds: runs.into_iter().flat_map(|run| run.milliseconds).collect(), body_size }
}

async fn one_connection(
    address: SocketAddr,
    next: &AtomicUsize,
    requests: usize,
    call: &impl Fn(usize) -> Call,
) -> Run {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut run = Run { milliseconds: Vec::new(), body_size: 0 };
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= requests {
            return run;
        }
        let call = call(number);
        let started = Instant::now();
        stream.write_all(format!("{}\r\n{}", call.head, call.body).as_bytes()).await.unwrap();
        run.body_size = read_answer(&mut stream, &mut buffer, call.expected).await;
        run.milliseconds.push(started.elapsed().as_secs_f64() * 1000.0);
    }
}

/// Reads one answer and gives the size of its body.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8], expected: u16) -> usize {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await.unwrap();
        assert!(read > 0, "the server hung up");
        filled += read;
        let Some(head_end) = buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..head_end]).unwrap();
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        let length = if status == 304 { 0 } else { length.unwrap_or(0) };
        if filled < head_end + 4 + length {
            continue;
        }
        let body = String::from_utf8_lossy(&buffer[head_end + 4..filled]);
        assert_eq!(status, expected, "{body}");
        return length;
    }
}
