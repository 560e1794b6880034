//! Several connections, and each customer's calls on one of them.
//!
//! A customer's lane is a hash of the customer's name, so no names are remembered. Only where a log
//! says that two names are one customer's (`identify`, `alias`) are they kept in [`Names`], and from
//! then on the calls of both go down the lane of the name that stays. The call that links them must
//! not overtake what the other name did before on its own lane, so it waits for that:
//!
//! ```text
//! lane of `a`   view  cart  Signal ----+
//!                                      | when all before it is answered
//! lane of `u`   view              Wait +  identify u = a   cart of a
//! ```
//!
//! A signal is always put in before the wait for it, and all are put in by one thread in file order. So
//! whatever waits does so for something earlier in the file, and no two lanes can wait for each other.

mod names;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::call::{Call, Endpoint};
use super::error::detail_of;
use super::limits::LANE_CALLS_MAX;
use super::{Outcome, ReplayError, Target};
use crate::client::{Answer, Client};
use names::Names;

/// The running lanes.
pub(super) struct Lanes {
    tasks: JoinSet<Result<Outcome, ReplayError>>,
}

/// Hands calls to lanes. The lanes end once it is dropped and all calls are answered.
pub(super) struct Dispatcher {
    lanes: Vec<mpsc::Sender<Step>>,
    names: Names,
}

/// What a lane does next.
enum Step {
    Send(Call),
    /// Tells another lane that all before is answered.
    Signal(oneshot::Sender<()>),
    /// Waits for another lane.
    Wait(oneshot::Receiver<()>),
}

/// What of an ingest answer matters here.
#[derive(Deserialize)]
struct Taken<'a> {
    #[serde(borrow, default)]
    reasons: Vec<NotTaken<'a>>,
}

#[derive(Deserialize)]
struct NotTaken<'a> {
    #[serde(borrow)]
    detail: std::borrow::Cow<'a, str>,
}

// === impl Lanes ===

impl Lanes {
    /// Opens the lanes of a target, at least one.
    pub(super) fn open(target: Target<'_>) -> Result<(Self, Dispatcher), ReplayError> {
        let mut tasks = JoinSet::new();
        let mut lanes = Vec::new();
        for _ in 0..target.connections.max(1) {
            let client = Client::connect(target.server, target.key)?;
            let (sender, receiver) = mpsc::channel(LANE_CALLS_MAX);
            tasks.spawn(run(client, receiver));
            lanes.push(sender);
        }
        Ok((Self { tasks }, Dispatcher { lanes, names: Names::default() }))
    }

    /// Waits until all calls are answered, or one cannot be.
    pub(super) async fn finish(mut self) -> Result<Outcome, ReplayError> {
        let mut outcome = Outcome::default();
        while let Some(lane) = self.tasks.join_next().await {
            outcome.absorb(lane.unwrap_or(Err(ReplayError::Stopped))?);
        }
        Ok(outcome)
    }
}

// === impl Dispatcher ===

impl Dispatcher {
    /// Hands a call to its customer's lane, waiting for room in it. Blocks.
    pub(super) fn dispatch(&mut self, call: Call) -> Result<(), ReplayError> {
        let lanes = self.lanes.len();
        if lanes > 1
            && let Some(also) = &call.also
        {
            let link = self.names.link(&call.customer, also)?;
            let (stays, joins) = (lane_of(link.stays, lanes), lane_of(link.joins, lanes));
            if stays != joins {
                let (signal, wait) = oneshot::channel();
                self.step(joins, Step::Signal(signal))?;
                self.step(stays, Step::Wait(wait))?;
            }
        }
        let lane = lane_of(self.names.of(&call.customer), lanes);
        self.step(lane, Step::Send(call))
    }

    fn step(&self, lane: usize, step: Step) -> Result<(), ReplayError> {
        self.lanes[lane].blocking_send(step).map_err(|_| ReplayError::Stopped)
    }
}

/// The lane of a name, of a number above 0 of lanes.
fn lane_of(name: &str, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let lanes = u64::try_from(lanes).unwrap_or(u64::MAX);
    usize::try_from(hasher.finish() % lanes).unwrap_or(0)
}

/// One lane: a call, its answer, the next call.
async fn run(mut client: Client, mut steps: mpsc::Receiver<Step>) -> Result<Outcome, ReplayError> {
    let mut outcome = Outcome::default();
    while let Some(step) = steps.recv().await {
        match step {
            Step::Send(call) => {
                let answer = client.post(call.endpoint.path(), call.body).await?;
                count(&mut outcome, call.endpoint, call.line, &answer)?;
            }
            // The other lane may have ended early; then nobody listens.
            Step::Signal(signal) => drop(signal.send(())),
            Step::Wait(signal) => {
                // The other lane ended early, and its error ends the replay: what follows here must
                // not overtake what could not be sent there.
                if signal.await.is_err() {
                    break;
                }
            }
        }
    }
    Ok(outcome)
}

/// Counts the answer to the call of a line. An error means that other calls would fare no better.
fn count(
    outcome: &mut Outcome,
    endpoint: Endpoint,
    line: u64,
    answer: &Answer,
) -> Result<(), ReplayError> {
    match (answer.status, endpoint) {
        (200, Endpoint::Decide) => outcome.decisions += 1,
        (200, Endpoint::Track | Endpoint::Batch) => match not_taken(&answer.body) {
            Some(detail) => outcome.refused.add(&detail, line),
            None => outcome.events += 1,
        },
        // About the row, unlike the others of the 4xx.
        (400 | 413 | 422, _) => outcome.refused.add(&detail_of(&answer.body), line),
        _ => return Err(ReplayError::of_answer(endpoint.path(), answer)),
    }
    Ok(())
}

/// Why the one event of a call was not taken; `None` when it was.
fn not_taken(body: &[u8]) -> Option<String> {
    let taken: Taken<'_> = serde_json::from_slice(body).ok()?;
    taken.reasons.into_iter().next().map(|not_taken| not_taken.detail.into_owned())
}
