//! The scheduler's word on whether it has executors.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The time in which a scheduler answers.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of a status line.
const STATUS: u64 = 64;

/// Asks a scheduler whether an executor is registered.
///
/// # Errors
///
/// The scheduler does not answer.
pub(crate) async fn has_executors(host: &str, port: u16) -> Result<bool, String> {
    let asked = async {
        let mut stream = TcpStream::connect((host, port)).await?;
        let request = format!("GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut status = Vec::new();
        stream.take(STATUS).read_to_end(&mut status).await?;
        Ok::<_, std::io::Error>(status.starts_with(b"HTTP/1.1 200"))
    };
    match timeout(PATIENCE, asked).await {
        Ok(Ok(is_ready)) => Ok(is_ready),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}
