//! Who rents the service.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::key::{KeyError, checked, key};

key! {
    /// The name of a tenant, such as `demo`. On the serving path it comes from an authenticated key
    /// and from nowhere else.
    TenantKey
}
