//! A recorded log, sent again to a server through its public API, at the log's own times.
//!
//! ```text
//!            one thread, in file order                       one task and connection a lane
//! file --> log::Lines --> rees46 | segment --> lanes ==+==> lane 1: call, answer, next call
//!   plain or gzip   a Call, or a Skip with its reason  +==> lane 2:  ...
//! ```
//!
//! **A page view asks for a decision**, as the shop would have; everything else is an event. The
//! requests carry the times of the log and no `sentAt`, so the server takes the times as they are.
//!
//! **Each customer's rows arrive in the order of the file.** A lane has one call under way at a time, and
//! a customer keeps to one lane; that an answer 200 to an event means durable makes the order one that
//! also holds after a crash. Different customers overtake each other, which changes nothing, since what
//! is decided for one does not depend on another. `lanes` tells how this holds when a log says that two
//! names are one customer's.
//!
//! **A second replay of a file changes nothing.** Each call has a `messageId` that is the log's own, or
//! made of the row's place and content, and the server knows what it has had for 24 hours.
//!
//! **Nothing is dropped in silence.** What cannot be read and what the server refuses is counted by
//! reason with the first line of each ([`Outcome`]). A log that breaks off, or a server that stops
//! answering, ends the replay with an error; what was sent before stays sent, and the replay can be
//! run again.
//!
//! All is bounded: a line, the calls waiting in a lane, the reasons told apart, the names known to belong
//! together (`limits`).

mod call;
mod error;
mod lanes;
mod limits;
mod log;
mod outcome;
mod rees46;
mod segment;

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

pub(crate) use error::ReplayError;
pub(crate) use limits::{CONNECTIONS_DEFAULT, CONNECTIONS_MAX};
pub(crate) use outcome::{Outcome, Reasons};

use crate::client::Client;
use call::{Call, Skip};
use lanes::{Dispatcher, Lanes};
use log::{Line, Lines};

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// The clickstream of REES46: comma-separated values with a header, a row for each event.
    Rees46,
    /// Calls of the Segment specification, a JSON object a line.
    Segment,
}

/// The server that a log is sent to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// Its data plane, such as `http://127.0.0.1:8080`.
    pub(crate) server: &'a str,
    /// A secret key of the tenant.
    pub(crate) key: &'a str,
    /// How many calls are under way at a time: 1 to [`CONNECTIONS_MAX`].
    pub(crate) connections: usize,
}

/// Reads rows of one format.
enum Reader {
    Rees46(rees46::Columns),
    Segment,
}

/// Sends a log to a server; `progress` follows the bytes read of the file.
///
/// # Errors
/// When the log cannot be read to its end, or the server does not answer, or does not take the key.
pub(crate) async fn replay(
    path: &Path,
    format: Format,
    target: Target<'_>,
    progress: &ProgressBar,
) -> Result<Outcome, ReplayError> {
    // Asked first, so that a wrong address or key is told before anything is sent.
    totals(target).await?;
    let lines = Lines::open(path, progress)
        .map_err(|source| ReplayError::Open { path: path.to_owned(), source })?;
    let (lanes, dispatcher) = Lanes::open(target)?;
    let path = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || read(&path, format, lines, dispatcher));
    // The lanes end when the reader does, and the reader ends when a lane does.
    let sent = lanes.finish().await;
    let read = reading.await.unwrap_or(Err(ReplayError::Stopped));
    let mut outcome = sent?;
    outcome.absorb(read?);
    Ok(outcome)
}

/// What the server has counted: the JSON object of `GET /v1/totals`, as it came.
///
/// # Errors
/// When the server does not answer, or does not take the key.
pub(crate) async fn totals(target: Target<'_>) -> Result<String, ReplayError> {
    let mut client = Client::connect(target.server, target.key)?;
    let answer = client.get("/v1/totals").await?;
    if answer.status != 200 {
        return Err(ReplayError::of_answer("GET /v1/totals", &answer));
    }
    String::from_utf8(answer.body.into()).map_err(|_| ReplayError::NotTotals)
}

/// Reads a log to its end and hands each row to its customer's lane.
fn read(
    path: &Path,
    format: Format,
    mut lines: Lines,
    mut dispatcher: Dispatcher,
) -> Result<Outcome, ReplayError> {
    let unreadable =
        |after_line, source| ReplayError::Read { path: PathBuf::from(path), after_line, source };
    let reader = Reader::open(path, format, &mut lines)?;
    let mut outcome = Outcome::default();
    loop {
        let read_so_far = lines.read_so_far();
        let Some(line) = lines.next().map_err(|source| unreadable(read_so_far, source))? else {
            return Ok(outcome);
        };
        if line.is_blank() {
            continue;
        }
        outcome.rows += 1;
        match reader.call(&line) {
            Ok(call) => {
                if call.undated {
                    outcome.undated.add("no timestamp; it was sent as of now", line.number);
                }
                dispatcher.dispatch(call)?;
            }
            Err(skip) => outcome.skipped.add(&skip.to_string(), line.number),
        }
    }
}

// === impl Reader ===

impl Reader {
    /// Reads what stands before the first row.
    fn open(path: &Path, format: Format, lines: &mut Lines) -> Result<Self, ReplayError> {
        if format == Format::Segment {
            return Ok(Self::Segment);
        }
        let header = lines.next().map_err(|source| ReplayError::Read {
            path: path.to_owned(),
            after_line: 0,
            source,
        })?;
        let columns = header.ok_or("the file is empty").and_then(|line| rees46::Columns::of(&line));
        columns
            .map(Self::Rees46)
            .map_err(|problem| ReplayError::Header { path: path.to_owned(), problem })
    }

    fn call(&self, line: &Line<'_>) -> Result<Call, Skip> {
        match self {
            Self::Rees46(columns) => columns.call(line),
            Self::Segment => segment::call(line),
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod twins;
