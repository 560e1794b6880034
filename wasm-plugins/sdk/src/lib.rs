//! Write rule plugins for Vitrine as ordinary Rust functions.
//!
//! ```
//! use vitrine_sdk::{Customer, Offer, View};
//!
//! fn decide(customer: &Customer, view: &View) -> Option<Offer> {
//!     let returning = customer.visits() > 1 && customer.orders() == 0;
//!     (returning && view.path() == "/cart").then(|| Offer::because("came back to the cart"))
//! }
//!
//! vitrine_sdk::rule!(decide);
//! ```
//!
//! The function is asked once on each page view that the campaign's file lets through. It says whether
//! the customer is eligible and why; which variant of the offer the customer then gets, if any, is
//! decided by the campaign's experiment, so a rule cannot tilt a test.
//!
//! What a rule may rely on: nothing is computed before it is asked for, so ask late and as little as
//! possible. The only clock is [`View::now`], the only chance is [`View::random`]; both are the same when
//! the same decision is replayed. What a rule must not rely on: memory. Each call runs in a sandbox of
//! its own that is thrown away afterwards, so a `static` is always as fresh as the module.
//!
//! A panic, an endless loop or a rule that needs too much of anything is contained by the host: the
//! campaign offers nothing on this page view, and the fault is counted under its name.
//!
//! On `wasm32` this crate has no std and brings the heap and the panic handler. On any other target it
//! brings [`testing`] instead, which answers a rule's questions from plain values.
//!
//! Read in this order: [`Customer`] and [`View`], what can be asked; [`Offer`], what is answered;
//! [`log`], for dry runs; [`rule!`], which makes a function the plugin.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod customer;
mod offer;
mod time;
mod view;

pub mod log;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod contract;
#[cfg(target_arch = "wasm32")]
mod heap;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

#[cfg(target_arch = "wasm32")]
use contract as host;
#[cfg(not(target_arch = "wasm32"))]
use testing::host;

pub use customer::{Customer, Lifecycle};
pub use offer::Offer;
pub use time::Timestamp;
pub use view::View;

/// Makes a function `fn(&Customer, &View) -> Option<Offer>` the plugin's rule. Used once in a crate.
#[macro_export]
macro_rules! rule {
    ($decide:path) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Rule;
            impl $crate::contract::Guest for Rule {
                fn decide() -> Option<$crate::contract::Offer> {
                    $crate::contract::answer($decide)
                }
            }
    $crate::contract::export_rule!(Rule with_types_in $crate::contract::generated);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&$crate::Customer, &$crate::View) -> Option<$crate::Offer> = $decide;
    };
}
