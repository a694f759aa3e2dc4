use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::TestApp;

impl TestApp {
    /// What the server answers to these bytes, to the end of the connection or three seconds of silence.
    pub async fn raw(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connection().await;
        // The server may refuse, and close, before it has everything.
        stream.write_all(request.as_ref()).await.ok();
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(Ok(read @ 1..)) = tokio::time::timeout(Duration::from_secs(3), stream.read(&mut chunk)).await {
            answer.extend_from_slice(&chunk[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub async fn connection(&self) -> TcpStream {
        TcpStream::connect(self.base.trim_start_matches("http://")).await.unwrap()
    }
}
