//! The contract `vitrine:rules@1.0.0` as `wit-bindgen` reads it, and the step from it to this crate's types.
//!
//! `wit/rules.wit` beside this crate is the contract's text, so that the crate builds wherever it is
//! copied to; `cargo xtask guests` refuses to build when it has come apart from the repository's contract.
//! Nothing in here is for rules: the types change whenever `wit-bindgen` changes what it generates.

pub use generated::vitrine::rules::{log, view};
pub use generated::{Guest, Offer, export_rule};

use crate::{Customer, View};

#[expect(missing_docs, clippy::mem_forget, reason = "generated")]
pub mod generated {
    wit_bindgen::generate!({
        path: "wit",
        world: "rule",
        pub_export_macro: true,
        export_macro_name: "export_rule",
        default_bindings_module: "vitrine_sdk::contract::generated",
        // A Rust guest has no static constructors to run.
        disable_run_ctors_once_workaround: true,
    });
}

/// The customer's questions, with the one generated enum turned into this crate's own.
pub mod customer {
    use super::generated::vitrine::rules::customer;
    pub use customer::{
        cart_changed_at, cart_currency, cart_has, cart_lines, cart_value, consent, exposed_since,
        first_order_at, first_seen, last_order_at, last_seen, orders, revenue, shows, trait_flag,
        trait_number, trait_text, views, visits,
    };

    use crate::Lifecycle;

    /// How far the customer has come.
    pub fn lifecycle() -> Lifecycle {
        match customer::lifecycle() {
            customer::Stage::Visitor => Lifecycle::Visitor,
            customer::Stage::Lead => Lifecycle::Lead,
            customer::Stage::QualifiedLead => Lifecycle::QualifiedLead,
            customer::Stage::Customer => Lifecycle::Customer,
        }
    }
}

/// Runs the rule and puts its answer into the contract's form.
pub fn answer(rule: fn(&Customer, &View) -> Option<crate::Offer>) -> Option<Offer> {
    let crate::Offer { reason, discount_percent, values } =
        rule(&Customer::present(), &View::present())?;
    Some(Offer { reason, discount_percent, values })
}
