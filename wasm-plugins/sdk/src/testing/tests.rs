//! An example answers as the host would: what is there, and `None` for what is not.

use super::{CustomerFacts, Example, TraitFact, ViewFacts};
use crate::{Customer, Offer, View, log};

fn by_country(customer: &Customer, view: &View) -> Option<Offer> {
    let Some(country) = customer.trait_text("country") else {
        log::warn("no country");
        return None;
    };
    if customer.trait_number("country").is_some() || customer.trait_flag("country").is_some() {
        return None;
    }
    let offer = Offer::because(country).discount_percent(5);
    Some(offer.value("path", view.path()))
}

#[test]
fn a_rule_reads_the_example_and_its_answer_comes_back_whole() {
    let traits = [("country".to_owned(), TraitFact::Text("AT".to_owned()))].into();
    let customer = CustomerFacts { traits, ..CustomerFacts::default() };
    let view = ViewFacts { path: "/cart".to_owned(), ..ViewFacts::default() };
    let told = Example { customer, view }.decide(by_country);
    let expected = Offer::because("AT").discount_percent(5).value("path", "/cart");
    assert_eq!(told.offer, Some(expected));
    assert!(told.log.is_empty());
}

#[test]
fn what_an_example_leaves_out_is_not_known_and_what_was_logged_is_kept() {
    let told = Example::default().decide(by_country);
    assert_eq!(told.offer, None);
    assert_eq!(told.log, ["warn: no country"]);
}

#[test]
fn nothing_is_left_of_one_example_in_the_next() {
    let traits = [("country".to_owned(), TraitFact::Text("AT".to_owned()))].into();
    let customer = CustomerFacts { traits, ..CustomerFacts::default() };
    let known = Example { customer, ..Example::default() };
    assert!(known.decide(by_country).offer.is_some());
    assert!(Example::default().decide(by_country).offer.is_none());
}
