//! The Segment tracking API: answered 200 once every event is durable.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use journal::record::Via;
use model::{TenantKey, Timestamp};

use super::caller::Credentials;
use super::{Answer, body, json};
use crate::limits::{EVENTS_PER_TURN, INGEST_BODY_BYTES_MAX};
use crate::problem::Problem;
use crate::record::{Named, RecordError};
use crate::segment::{Batch, Endpoint, Envelope, Reception, measures};
use crate::service::Service;

/// Records the events of a request and answers when they are durable.
pub(super) async fn ingest(
    service: &Service,
    endpoint: Endpoint,
    request: Request<Incoming>,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let credentials = Credentials::of(request.headers());
    let bytes = body::read(request, INGEST_BODY_BYTES_MAX).await.map_err(body::of_ingest)?;
    if endpoint == Endpoint::Metrics {
        return Ok(json(StatusCode::OK, r#"{"success":true}"#));
    }
    let envelope = Envelope::read(endpoint, &bytes)?;
    let (caller, settings) = credentials.authenticate(service, envelope.write_key())?;
    let reception = Reception { received_at: now, currency: settings.currency };
    let batch = envelope.into_batch(&reception)?;
    let answer = batch.answer();
    for skipped in &batch.skipped {
        service.metrics.skipped(skipped.reason);
    }
    service.metrics.adjusted(&batch.adjusted);
    let lsn = record(service, caller.tenant(), batch).await?;
    service.journal.durable(lsn).await?;
    Ok(json(StatusCode::OK, answer))
}

/// Records the events in their order; gives the position at which all of them are durable.
///
/// When the journal is behind, the whole request is refused though a part of it is recorded: the
/// client sends all of it again, and that part is known by its `messageId`s.
async fn record(service: &Service, tenant: &TenantKey, batch: Batch) -> Result<u64, RecordError> {
    let mut durable_at = 0;
    let plan = Option::clone(&service.plans.of(tenant));
    let goals = plan.as_ref().map_or(&[][..], |plan| plan.goals());
    for (place, mut event) in batch.events.into_iter().enumerate() {
        if place % EVENTS_PER_TURN == EVENTS_PER_TURN - 1 {
            tokio::task::yield_now().await;
        }
        event.measures = measures(goals, &event);
        let recorded = if service.recorder.is_hot(tenant, &event) {
            service.recorder.event(tenant, event, Via::Ingest, Named::ByClient)?
        } else {
            // A cold profile is read from disk: other tasks of this worker move to another meanwhile.
            tokio::task::block_in_place(|| {
                service.recorder.event(tenant, event, Via::Ingest, Named::ByClient)
            })?
        };
        service.metrics.recorded(&recorded);
        durable_at = durable_at.max(recorded.lsn());
    }
    Ok(durable_at)
}
