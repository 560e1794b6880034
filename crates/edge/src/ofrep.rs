//! The OpenFeature Remote Evaluation Protocol 0.3.0: campaigns as feature flags, for shops that ask by an
//! OpenFeature client.
//!
//! ```text
//! POST /ofrep/v1/evaluate/flags/{key}    one flag: for servers, which ask anew on each page view
//! POST /ofrep/v1/evaluate/flags          all flags: for browsers, which keep them, and poll with `If-None-Match`
//! ```
//!
//! A campaign is a flag of type object. Its key is the campaign's, its variant the customer's arm, and its value
//! the offer as `POST /v1/decide` writes it, with the token in it. Where there is nothing to show, there is no value,
//! and a client falls back to the default in the shop's code:
//!
//! | the customer | value | reason | variant |
//! |---|---|---|---|
//! | is in an arm that shows something | the offer | `SPLIT` | the arm |
//! | is in an arm that shows nothing | none | `SPLIT` | the arm |
//! | is not in the experiment on this page | none | `UNKNOWN` | empty |
//! | asks for a campaign that its schedule keeps from running | none | `DISABLED` | empty |
//!
//! Why a customer is not in an experiment is nobody's business but the shop's, so there is one reason for all of
//! it, faults included; `explain` of `POST /v1/decide` tells more. For a publishable key, which everybody can read
//! in a page, there are no campaigns that do not run: their names tell what a shop is up to.
//!
//! An evaluation takes the way of a page view: the same plan decides, both arms are recorded at the same moment,
//! budgets are reserved. It is no page view though, and nothing that a customer did: a tab in the background
//! polls for ever. So it is not recorded as an event, and makes nobody active; a stranger becomes known by being
//! exposed, and not before. A server that asks for one flag has that one recorded, each time. All campaigns are
//! decided on all the same, so it can be `UNKNOWN` because another one, which nobody asked for, has its place on the page.
//!
//! Errors have the protocol's form; what it has none for, a wrong method, is answered as on other paths.
//!
//! Read on in `context` (whom and what page is asked about), `evaluation` (the answer), `tag` (what a page has that
//! asks again), `refusal` (the form of errors); `handle/ofrep.rs` puts them together. The specification:
//! <https://github.com/open-feature/protocol/blob/main/service/openapi.yaml>.

mod context;
mod evaluation;
mod refusal;
mod tag;

pub(crate) use context::Context;
pub(crate) use evaluation::{Audience, Evaluation};
pub(crate) use refusal::Refusal;
pub(crate) use tag::{PURPOSE as TAG_PURPOSE, Tag};

#[cfg(test)]
mod tests;
