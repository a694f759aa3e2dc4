//! Connections on which nothing comes, or not all of it: others are served, and little memory is held.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::Installation;

/// How many there are, where this process may have as many open.
const MOST: usize = 9_000;

/// What comes on them: nothing, half a head, half a body.
const BEGUN: [&[u8]; 3] =
    [b"", b"GET /livez HTT", b"POST /v1/accounts HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n{"];

/// As many as the limit of open files allows, less what else is open.
fn connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let soft = line.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX);
    soft.saturating_sub(500).clamp(300, MOST)
}

#[actix_web::test]
async fn idle_and_half_open_connections_keep_nobody_waiting_and_hold_little() {
    let place = Installation::new().await;
    let server = place.start().await;
    let others = server.anonymous();
    others.get("/v1/organizations?limit=5").await.expect(200);
    let before = server.resident_kib();
    let mut held = [const { Vec::new() }; 3];
    for number in 0..connections() {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(BEGUN[number % 3]).await.unwrap();
        held[number % 3].push(stream);
        // Not more at a time than the listener keeps in line: this is about connections that are held.
        if number % 100 == 0 {
            server.anonymous().get("/livez").await.expect(200);
        }
    }
    let asked = Instant::now();
    for _ in 0..20 {
        server.anonymous().get("/v1/organizations?limit=5").await.expect(200);
    }
    assert!(asked.elapsed() < Duration::from_secs(3), "twenty answers took {:?}", asked.elapsed());
    let grown = server.resident_kib().saturating_sub(before);
    assert!(grown < 240 * 1024, "{grown} KiB for {} connections", connections());

    // Whoever does not finish a head is let go.
    let [nothing, heads, bodies] = held;
    let patience = Instant::now() + Duration::from_secs(15);
    for mut stream in heads {
        let mut answer = [0; 13];
        let left = patience.saturating_duration_since(Instant::now());
        let read = timeout(left, stream.read(&mut answer)).await.expect("half a head is waited for without end");
        read.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 408 ");
    }
    others.get("/v1/organizations?limit=5").await.expect(200);
    drop((nothing, bodies));
}
