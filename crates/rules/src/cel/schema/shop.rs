//! What the rules of a shop can ask about.
//!
//! The table is that of `rules/LANGUAGE.md`, which a test compares; another test has `plugins` answer
//! every name of it. Times in it are whole milliseconds, as events have them.

use model::Currency;

use super::{Declared, Schema};
use crate::cel::{DeclaredTrait, TraitType, Type};

use Type::{Bool, Int, Money, String};

/// What names of traits begin with.
const TRAITS: &str = "customer.traits";

/// Whether a customer may be without an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Always,
    MayBeAbsent,
}

use Presence::{Always, MayBeAbsent};

// === impl Schema ===

impl Schema {
    /// The names that every shop has, and the traits that the tenant declares. When none is declared, all
    /// of them are a map from names to values of any type; otherwise each is an attribute, and others are
    /// unknown.
    pub fn shop(currency: Currency, traits: &[DeclaredTrait]) -> Self {
        let mut attributes = customer();
        attributes.extend(view());
        if traits.is_empty() {
            let about = "what the shop told of the customer, by name";
            attributes.push(attribute(TRAITS, Type::map(String, Type::Dyn), Always, about));
        }
        attributes.extend(traits.iter().map(|declared| {
            let path = format!("{TRAITS}.{}", declared.name);
            let about = "what the shop told of the customer";
            let ty = match declared.ty {
                TraitType::Text => String,
                TraitType::Number => Type::Double,
                TraitType::Flag => Bool,
            };
            attribute(&path, ty, MayBeAbsent, about)
        }));
        Self {
            attributes,
            questions: questions(),
            currency: Some(currency),
            container: Box::default(),
            whole_milliseconds: true,
        }
    }
}

fn attribute(path: &str, ty: Type, presence: Presence, about: &str) -> Declared {
    Declared {
        path: path.into(),
        parameters: Box::default(),
        ty,
        optional: presence == MayBeAbsent,
        about: about.into(),
    }
}

fn customer() -> Vec<Declared> {
    let time = || Type::Timestamp;
    let texts = || Type::list(String);
    let consent = || Type::map(String, Bool);
    let rows = [
        (
            "lifecycle",
            String,
            Always,
            "how far the customer has come: \"visitor\", \"lead\", \"qualified-lead\" or \"customer\"",
        ),
        ("first_seen", time(), Always, "when the customer was seen first"),
        ("last_seen", time(), Always, "when the customer was last seen"),
        ("lead_since", time(), MayBeAbsent, "since when the customer is a lead"),
        ("qualified_since", time(), MayBeAbsent, "since when the customer is a qualified lead"),
        ("visits", Int, Always, "visits so far"),
        ("views", Int, Always, "page views so far"),
        ("product_views", Int, Always, "views of products so far"),
        ("cart_adds", Int, Always, "how often something was put into the cart"),
        ("checkouts", Int, Always, "how often a checkout was begun"),
        ("cart.value", Money, Always, "what is in the cart, at its prices"),
        ("cart.lines", Int, Always, "different products in the cart"),
        ("cart.items", Int, Always, "pieces in the cart"),
        ("cart.changed_at", time(), MayBeAbsent, "when the cart last changed"),
        ("cart.products", texts(), Always, "the ids of the products in the cart"),
        ("orders", Int, Always, "orders so far"),
        ("revenue", Money, Always, "what the customer has paid so far"),
        ("discount", Money, Always, "the discount on the orders so far"),
        ("first_order_at", time(), MayBeAbsent, "when the customer ordered first"),
        ("last_order_at", time(), MayBeAbsent, "when the customer last ordered"),
        ("average_order", Money, MayBeAbsent, "the mean value of the orders"),
        (
            "order_interval",
            Type::Duration,
            MayBeAbsent,
            "the mean time between orders, of customers with at least two",
        ),
        ("offers_seen", Int, Always, "offers shown to the customer"),
        ("offers_clicked", Int, Always, "offers that the customer clicked"),
        ("consent", consent(), Always, "what the customer agreed to, by category"),
    ];
    let named = |(name, ty, presence, about): (&str, Type, Presence, &str)| {
        attribute(&format!("customer.{name}"), ty, presence, about)
    };
    rows.map(named).into()
}

fn view() -> Vec<Declared> {
    [
        ("view.path", String, "the path of the page, such as \"/cart\""),
        ("view.url", String, "the whole address of the page"),
        ("view.referrer", String, "the address that led to the page"),
        ("view.title", String, "the title of the page"),
        ("view.locale", String, "language and region, such as \"de-AT\""),
        ("view.language", String, "the language alone, such as \"de\""),
        ("view.device", String, "the kind of device, such as \"mobile\""),
        ("view.placements", Type::list(String), "the placements of the page"),
        ("now", Type::Timestamp, "the time of the page view"),
    ]
    .map(|(path, ty, about)| attribute(path, ty, Always, about))
    .into()
}

fn questions() -> Vec<Declared> {
    let rows: [(&str, &[Type], Type, &str); 6] = [
        (
            "count",
            &[String, Type::Duration],
            Int,
            "how often an event happened within a time, as \
             customer.count(\"Product Viewed\", duration(\"24h\"))",
        ),
        (
            "ordered_since",
            &[Type::Timestamp],
            Bool,
            "whether the customer has ordered since a time",
        ),
        (
            "bought_since",
            &[String, Type::Timestamp],
            Bool,
            "whether a product was bought since a time",
        ),
        ("has_in_cart", &[String], Bool, "whether a product is in the cart"),
        ("exposed_to", &[String], Bool, "whether the customer was ever exposed to a campaign"),
        ("shows", &[String, Type::Duration], Int, "how often a campaign was shown within a time"),
    ];
    rows.map(|(name, parameters, ty, about)| Declared {
        path: format!("customer.{name}").into(),
        parameters: parameters.into(),
        ty,
        optional: false,
        about: about.into(),
    })
    .into()
}
