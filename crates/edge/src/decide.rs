//! The wire format of `POST /v1/decide`: the question of a page view and its answer.
//!
//! ```text
//! body --Request::read--> Request { who, view, write_key, .. } --> authenticate
//!        400 by WireError      | secret_field(): 403 for a publishable key
//!                              v
//!                         decision::decide --> Decision --Answer::write--> bytes
//! ```
//!
//! Both directions are on the hot path. A request is read in one pass over borrowed slices, and an
//! answer is written from borrowed values straight into a buffer; no tree is built in between.
//!
//! The members of a request: `userId`, `anonymousId` (one of them is needed), `messageId`, `writeKey`,
//! `page` (`url`, `path`, `referrer`, `title`), `context` (`locale`, `device`, `consent`),
//! `placements`; and with a secret key only `timestamp`, `traits`, `explain`, `force`, which can change prices
//! or tell how decisions are made. Other members are passed over. With `force` the call is no page view: nothing
//! of it is recorded, whatever the object has, be it nothing.

mod answer;
pub(crate) mod limits;
mod request;
mod text;
mod view;

pub(crate) use answer::{Answer, Content, Taken};
pub(crate) use request::Request;
pub(crate) use view::view_of;

#[cfg(test)]
mod tests;
