//! The load: kept connections that send prepared requests and read answers, nothing else.
//!
//! Closed loop: each connection sends its next request when the last is answered, which finds the most
//! that a server can do. Open loop: requests have their times whatever the server does. A request whose
//! connection was still waiting for the answer before counts from the time it was due, so a stall shows
//! in every request that it delayed; one whose connection was idle counts from when it was sent, so the
//! coarse timer of this program does not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A longer answer is not one that these measurements expect.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What a run measured.
pub(crate) struct Measured {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Latency in nanoseconds.
    pub(crate) latency: Histogram<u64>,
}

/// How requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// The next when the last is answered.
    Closed,
    /// This many a second, over all connections.
    Open {
        /// Requests a second.
        rate: f64,
    },
}

/// One kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Sends requests over `connections` for a time.
pub(crate) async fn run(
    server: SocketAddr,
    requests: &Arc<Vec<Bytes>>,
    connections: usize,
    pace: Pace,
    time: Duration,
) -> anyhow::Result<Measured> {
    let begin = Instant::now() + Duration::from_millis(20);
    let mut tasks = JoinSet::new();
    for lane in 0..connections {
        let requests = Arc::clone(requests);
        let connection = Connection::open(server).await?;
        tasks.spawn(lane_of(connection, requests, Lane { lane, connections, pace, begin, time }));
    }
    let mut latency = histogram()?;
    while let Some(lane) = tasks.join_next().await {
        latency.add(lane??)?;
    }
    let rate = count_of(latency.len()) / time.as_secs_f64();
    Ok(Measured { rate, latency })
}

/// One connection's part of a run.
#[derive(Clone, Copy)]
struct Lane {
    lane: usize,
    connections: usize,
    pace: Pace,
    begin: Instant,
    time: Duration,
}

async fn lane_of(
    mut connection: Connection,
    requests: Arc<Vec<Bytes>>,
    part: Lane,
) -> anyhow::Result<Histogram<u64>> {
    let mut latency = histogram()?;
    let end = part.begin + part.time;
    tokio::time::sleep_until(part.begin).await;
    for turn in 0_u32.. {
        let counted_from = match part.pace {
            Pace::Closed => Instant::now(),
            Pace::Open { rate } => {
                let due = part.due(rate, turn)?;
                if Instant::now() < due {
                    tokio::time::sleep_until(due).await;
                    Instant::now()
                } else {
                    due
                }
            }
        };
        if counted_from >= end {
            break;
        }
        let place = part.lane + usize::try_from(turn)? * part.connections;
        connection.exchange(&requests[place % requests.len()]).await?;
        latency.record(u64::try_from((Instant::now() - counted_from).as_nanos())?.max(1))?;
    }
    Ok(latency)
}

// === impl Lane ===

impl Lane {
    /// When this lane's request of a turn is to be sent.
    fn due(&self, rate: f64, turn: u32) -> anyhow::Result<Instant> {
        let connections = count_of(u64::try_from(self.connections)?);
        let interval = connections / rate;
        let offset = interval * count_of(u64::try_from(self.lane)?) / connections;
        Ok(self.begin + Duration::from_secs_f64(interval * f64::from(turn) + offset))
    }
}

// === impl Connection ===

impl Connection {
    pub(crate) async fn open(server: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(server).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(ANSWER_BYTES_MAX) })
    }

    /// Sends a request and returns the body of the answer, which must be a 200.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed the connection");
            ensure!(self.buffer.len() <= ANSWER_BYTES_MAX, "an answer of more than 64 KiB");
            if let Some((head, body)) = lengths(&self.buffer)?
                && self.buffer.len() == head + body
            {
                return Ok(&self.buffer[head..]);
            }
        }
    }
}

/// The lengths of head and body; `None` while the head is not complete.
fn lengths(answer: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut parsed = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(answer)? else { return Ok(None) };
    if parsed.code != Some(200) {
        bail!("answered {:?}: {}", parsed.code, String::from_utf8_lossy(&answer[head..]));
    }
    let length = parsed.headers.iter().find(|header| header.name == "content-length");
    let length = length.context("an answer without content-length")?;
    let body = std::str::from_utf8(length.value)?.parse()?;
    Ok(Some((head, body)))
}

/// From 100 ns to 60 s, to three digits.
fn histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(100, 60_000_000_000, 3)?)
}

/// A count as a number to divide by; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
fn count_of(count: u64) -> f64 {
    count as f64
}
