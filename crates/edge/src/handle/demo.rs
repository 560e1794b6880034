//! The demonstration's shop page and its report; nothing is here on a real server.

use bytes::Bytes;
use hyper::StatusCode;

use super::{Answer, with_type};
use crate::problem::Problem;
use crate::service::Service;

pub(super) fn page(service: &Service) -> Result<Answer, Problem> {
    let demo = service.demo.as_ref().ok_or_else(Problem::not_found)?;
    let body = Bytes::from(demo.page.clone());
    Ok(with_type(StatusCode::OK, body, "text/html; charset=utf-8"))
}

pub(super) fn report(service: &Service) -> Result<Answer, Problem> {
    let demo = service.demo.as_ref().ok_or_else(Problem::not_found)?;
    let table = service.report_table(&demo.tenant, &demo.campaign).unwrap_or_default();
    Ok(with_type(StatusCode::OK, Bytes::from(table), "text/plain; charset=utf-8"))
}
