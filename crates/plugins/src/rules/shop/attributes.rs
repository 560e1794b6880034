//! The attributes of a shop, by name.

use model::{Currency, Lifecycle, Profile, Tally, Timestamp};
use rules::cel::imports::duration;
use rules::cel::{EvalError, EvalErrorKind, Type, Value};

use super::{Found, Get, Shop, held, map};

/// The attributes that every shop has.
pub(super) struct Attributes {
    table: [(&'static str, Type, Get); 35],
}

// === impl Attributes ===

impl Attributes {
    /// The table.
    pub(super) fn new() -> Self {
        use Type::{Int, Money, String};
        let texts = || Type::list(String);
        let time = Type::Timestamp;
        let table: [(&str, Type, Get); 35] = [
            ("customer.lifecycle", String, step),
            ("customer.first_seen", time.clone(), |shop| at(Some(shop.profile.first_seen))),
            ("customer.last_seen", time.clone(), |shop| at(Some(shop.profile.last_seen))),
            ("customer.lead_since", time.clone(), |shop| at(shop.profile.lead_since)),
            ("customer.qualified_since", time.clone(), |shop| at(shop.profile.qualified_since)),
            ("customer.visits", Int, |shop| total(shop, |tally| tally.visits)),
            ("customer.views", Int, |shop| total(shop, |tally| tally.views)),
            ("customer.product_views", Int, |shop| total(shop, |tally| tally.product_views)),
            ("customer.cart_adds", Int, |shop| total(shop, |tally| tally.cart_adds)),
            ("customer.checkouts", Int, |shop| total(shop, |tally| tally.checkouts)),
            ("customer.cart.value", Money, cart_value),
            ("customer.cart.lines", Int, |shop| {
                int(shop.profile.cart.filled_lines().map(|_| 1).sum())
            }),
            ("customer.cart.items", Int, |shop| {
                int(shop.profile.cart.filled_lines().map(|line| i64::from(line.quantity)).sum())
            }),
            ("customer.cart.changed_at", time.clone(), |shop| at(shop.profile.cart.changed_at)),
            ("customer.cart.products", texts(), |shop| {
                list(shop.profile.cart.filled_lines().map(|line| &*line.product))
            }),
            ("customer.orders", Int, |shop| Ok(Some(Value::Int(shop.profile.net_orders().into())))),
            ("customer.revenue", Money, |shop| sum(shop, Profile::revenue_minor)),
            ("customer.discount", Money, |shop| sum(shop, Profile::discount_minor)),
            ("customer.first_order_at", time.clone(), |shop| at(shop.profile.first_order_at)),
            ("customer.last_order_at", time.clone(), |shop| at(shop.profile.last_order_at)),
            ("customer.average_order", Money, average_order),
            ("customer.order_interval", Type::Duration, order_interval),
            ("customer.offers_seen", Int, |shop| total(shop, |tally| tally.promotion_views)),
            ("customer.offers_clicked", Int, |shop| total(shop, |tally| tally.promotion_clicks)),
            ("customer.consent", Type::map(String, Type::Bool), consent),
            ("customer.traits", Type::map(String, Type::Dyn), traits),
            ("view.path", String, |shop| text(&shop.view.path)),
            ("view.url", String, |shop| text(&shop.view.url)),
            ("view.referrer", String, |shop| text(&shop.view.referrer)),
            ("view.title", String, |shop| text(&shop.view.title)),
            ("view.locale", String, |shop| text(&shop.view.locale)),
            ("view.language", String, |shop| text(&language(&shop.view.locale))),
            ("view.device", String, |shop| text(&shop.view.device)),
            ("view.placements", texts(), |shop| {
                list(shop.view.placements.iter().map(|placement| placement.as_str()))
            }),
            ("now", time.clone(), |shop| at(Some(shop.now))),
        ];
        Self { table }
    }

    /// What gets an attribute of a name and type.
    pub(super) fn find(&self, path: &str, ty: &Type) -> Option<Get> {
        let found = self.table.iter().find(|(known, of, _)| *known == path && of == ty);
        found.map(|(_, _, get)| *get)
    }
}

fn step(shop: &Shop) -> Found {
    let [visitor, lead, qualified, customer] = &shop.getters.steps;
    let step = match shop.profile.lifecycle() {
        Lifecycle::Visitor => visitor,
        Lifecycle::Lead => lead,
        Lifecycle::QualifiedLead => qualified,
        Lifecycle::Customer => customer,
    };
    Ok(Some(step.clone()))
}

/// The value of the cart; nothing when nothing in it has a price.
fn cart_value(shop: &Shop) -> Found {
    let value = shop.profile.cart.value();
    if value.is_some_and(|value| Some(value.currency) != shop.getters.currency) {
        let detail = "the cart is in another currency than the tenant's";
        return Err(EvalError::new(EvalErrorKind::Conversion, detail));
    }
    Ok(Some(Value::Money(value.map_or(0, |value| value.minor))))
}

/// A sum in the tenant's currency.
fn sum(shop: &Shop, of: fn(&Profile, Currency) -> i64) -> Found {
    let minor = shop.getters.currency.map_or(0, |currency| of(&shop.profile, currency));
    Ok(Some(Value::Money(minor)))
}

/// Revenue by orders that count.
fn average_order(shop: &Shop) -> Found {
    let orders = i64::from(shop.profile.net_orders());
    let revenue = shop.getters.currency.map(|currency| shop.profile.revenue_minor(currency));
    let average = revenue.and_then(|revenue| revenue.checked_div(orders));
    Ok(average.map(Value::Money))
}

/// From the first to the latest order, by the steps between them. Those that became void since were
/// placed all the same.
fn order_interval(shop: &Shop) -> Found {
    let profile = &shop.profile;
    let steps = i64::from(profile.orders_placed().saturating_sub(1));
    let (Some(first), Some(last)) = (profile.first_order_at, profile.last_order_at) else {
        return Ok(None);
    };
    let Some(ms) = last.ms_since(first).checked_div(steps) else { return Ok(None) };
    // A span is at most 64 bits of nanoseconds.
    match ms.checked_mul(1_000_000) {
        Some(_) => Ok(Some(duration(ms))),
        None => Err(out_of_range("the time between orders")),
    }
}

fn consent(shop: &Shop) -> Found {
    let choices = shop.profile.consent.iter();
    map(choices.map(|choice| (Value::text(&choice.category), Value::Bool(choice.granted))))
}

fn traits(shop: &Shop) -> Found {
    let traits = shop.profile.traits.iter();
    map(traits.filter_map(|one| Some((Value::text(&one.name), held(&one.value)?))))
}

fn total(shop: &Shop, of: fn(&Tally) -> u32) -> Found {
    int(shop.profile.total(of).into())
}

fn int(number: i64) -> Found {
    Ok(Some(Value::Int(number)))
}

fn text(text: &str) -> Found {
    Ok(Some(Value::text(text)))
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> Found {
    Ok(Some(Value::list(texts.map(Value::text).collect::<Vec<Value>>())))
}

fn at(time: Option<Timestamp>) -> Found {
    let to_value = |time: Timestamp| {
        let time = rules::cel::Timestamp::from_millisecond(time.ms());
        time.map(Value::Timestamp).map_err(|_| out_of_range("a time of the customer"))
    };
    time.map(to_value).transpose()
}

/// The language of a locale such as `de-AT`, in lower case.
fn language(locale: &str) -> String {
    locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

fn out_of_range(what: &str) -> EvalError {
    EvalError::new(EvalErrorKind::Overflow, format!("range error: {what} does not fit its type"))
}
