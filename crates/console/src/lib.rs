//! The control plane: what operators and marketers ask, over HTTP on a private listener.
//!
//! | request | key | answer |
//! |---|---|---|
//! | `GET /livez` | none | 200 while the process runs |
//! | `GET /readyz` | none | 200, or 503 with the reasons, while starting and while draining |
//! | `GET /metrics` | none | metrics in the Prometheus text format |
//! | `GET /v1/campaigns` | admin | the tenant's campaigns and the version of the plan |
//! | `GET /v1/campaigns/{key}/report` | admin | the experiment's report as JSON, or with `Accept: text/plain` as a table; of one that has left the plan by the last kept plan that had it |
//! | `GET /v1/totals` | admin | the tenant's totals |
//! | `GET /v1/plan` | admin | the plan in force, and why what was offered last was refused |
//! | `POST /v1/plan` | admin | a new plan: checked, compiled, tried and put in force; with `?dry_run=true`, all but the last |
//! | `GET /v1/plan/versions` | admin | the versions that can be put in force again |
//! | `POST /v1/plan/rollback` | admin | one of them, under a new number |
//! | `POST /v1/plugins/check` | admin | whether a plugin (wasm or wat, as the body) would be taken |
//!
//! An admin key comes as `Authorization: Bearer KEY` and decides the tenant; no path or body names one.
//! Every refusal is an RFC 9457 problem. Figures are as of everything recorded before the request, or
//! what there is when that takes too long.
//!
//! This crate decides nothing: it asks what `edge` hands in as a [`State`] (keys, plans, the publisher,
//! the plugin gate, live figures), and so can be tested without any of them. It never slows the data plane: it
//! reads copies, holds no lock across an await, and bounds connections, bodies, times and compilations.
//!
//! Read in this order: [`State`], what is handed in; `routes`, what is answered; `problem`, how it is
//! refused; [`serve()`], the connections.

pub mod limits;
mod problem;
mod publishing;
mod readiness;
mod routes;
mod serve;
mod state;

pub use publishing::{
    Canary, Diagnostic, Faulty, NotPublished, Publication, Publisher, Purpose, Rejection, Standing,
    Version,
};
pub use readiness::Readiness;
pub use serve::serve;
pub use state::{Authenticator, Catalogue, Plan, PluginGate, Refusal, State};
