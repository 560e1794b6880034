//! A small shop with everything that is hard to count.
//!
//! Orders before the exposure and after it, in two currencies, paid back in part, in whole and before they
//! are placed; events of a goal that arrive before the exposure they follow, and after its window; all of
//! it sent twice, some of it under other names; customers who are held out of a campaign or of all of them; and
//! browsers of different arms that turn out to be one person's; decisions as of a time before the first exposure.
//!
//! Whether a customer is in one arm or the other is the server's doing, so what is expected is told by
//! the calls: it is counted here, from what was sent, without any of the product's code.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Campaign, Setup, Shop, ok};
use serde_json::{Value, json};

/// Customers: enough that each arm has dozens, and each thing below happens in both.
pub(crate) const CUSTOMERS: u32 = 240;
/// The one who pays in a currency of their own, so that the other arms have nothing in it.
const LONE: u32 = 9;
/// The one who orders far more often than others.
const HEAVY: u32 = 23;

/// The campaign whose goal are events with a number; the other one is that of the demonstration.
pub(crate) const POINTS: &str = "points";

/// The holdout of all campaigns.
pub(crate) const HOLDOUT: &str = "holdout";

/// What was sent, as far as it is counted.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Revenue in minor units of all orders that were placed, by currency.
    pub(crate) gross_minor: BTreeMap<&'static str, i64>,
    /// Customers who clicked the offer of the demonstration's campaign.
    pub(crate) clicked: BTreeSet<u32>,
    /// Customers who became one with another.
    pub(crate) merged: u32,
}

/// The day of the shop: who sends, and when its page views were.
struct Day<'a> {
    shop: &'a Shop,
    views_ms: i64,
    sent: Sent,
}

/// Adds the second campaign, of points within an hour, which holds some customers out, and the shop's holdout from
/// all of them.
pub(crate) fn add_campaign_and_holdout(setup: &Setup) {
    let goal = "[goal]\nevent = \"points_earned\"\nvalue = \"Points\"\nwindow = \"1h\"";
    let points = Campaign::new(POINTS).withholding("control", 1).banner("treated", 1, "Points");
    setup.add(&points.experiment("holdout = 10").section(goal)).expect("written");
    let holdout = setup.campaigns().join("holdout.toml");
    std::fs::write(holdout, "percent = 20\n").expect("written");
}

/// Everything that the customers do; the page views are two hours old.
pub(crate) fn run(shop: &Shop) -> Sent {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let views_ms = i64::try_from(now).expect("before 292 million years") - 120 * 60_000;
    let mut day = Day { shop, views_ms, sent: Sent::default() };
    for number in 0..CUSTOMERS {
        day.visit(number);
    }
    for pair in (0..CUSTOMERS).step_by(6) {
        day.join(pair);
    }
    day.sent
}

fn browser(number: u32) -> String {
    format!("browser-{number}")
}

fn user(number: u32) -> String {
    format!("u-{number}")
}

// === impl Day ===

impl Day<'_> {
    /// A moment so many minutes after the page views.
    fn at(&self, minutes: i64) -> String {
        model::Timestamp::from_ms(self.views_ms + minutes * 60_000).to_string()
    }

    fn track(&self, number: u32, minutes: i64, event: &str, properties: Value) -> Value {
        json!({
            "type": "track", "messageId": format!("{event}-{number}-{minutes}"),
            "anonymousId": browser(number), "timestamp": self.at(minutes),
            "event": event, "properties": properties,
        })
    }

    /// Sends events, and the same again as a client does that missed the answer.
    fn send(&self, events: &[Value]) {
        for _ in 0..2 {
            ok(self.shop.post("/v1/batch", &json!({"batch": events})));
        }
    }

    fn visit(&mut self, number: u32) {
        let mut before = Vec::new();
        if number.is_multiple_of(5) {
            before.push(self.order(number, -130, "old", 999, "USD"));
        }
        before.push(self.product(number, -1));
        if number % 7 == 3 {
            // In the very moment of the page view, and before it.
            before.push(self.order(number, 0, "at-once", 1_700, "USD"));
        }
        before.extend(self.ahead_of_time(number));
        self.send(&before);
        let shown = self.view(number, 0);
        if number % 15 == 7 {
            // An order between the page view and one as of an earlier time counts from then on.
            let between = self.order(number, -50, "between", 1_234, "USD");
            self.send(&[between]);
            self.view(number, -100);
        }
        let mut after = Vec::new();
        if number % 7 == 3 {
            // In the same moment, and after it.
            let mut order = self.order(number, 0, "at-once-too", 2_100, "USD");
            order["messageId"] = json!(format!("at-once-too-{number}"));
            after.push(order);
        }
        for campaign in shown {
            let promotion = json!({"promotion_id": campaign});
            if !number.is_multiple_of(4) {
                let minutes = if campaign == POINTS { 2 } else { 1 };
                after.push(self.track(number, minutes, "Promotion Viewed", promotion.clone()));
            }
            if number % 8 == 1 && campaign != POINTS {
                after.push(self.track(number, 3, "Promotion Clicked", promotion));
                self.sent.clicked.insert(number);
            }
        }
        if number % 12 == 5 {
            // Of an arm in which the customer is not.
            let promotion = json!({"promotion_id": POINTS, "creative": "another"});
            after.push(self.track(number, 4, "Promotion Clicked", promotion));
        }
        if number % 3 == 1 {
            after.push(self.product(number, 5));
        }
        if number % 6 == 1 {
            after.push(self.track(number, 6, "Checkout Started", json!({})));
        }
        for part in 0..number % 4 {
            // Half a thousandth too much, to be rounded up.
            let points = json!({"points": format!("{number}.{part}255")});
            after.push(self.track(number, 20 + i64::from(part), "Points Earned", points));
        }
        if number % 10 == 3 {
            // Beyond the window of an hour.
            after.push(self.track(number, 110, "Points Earned", json!({"points": 1_000})));
        }
        if number == LONE {
            after.push(self.order(number, 30, "pounds", 2_500, "GBP"));
            after.push(self.track(number, 31, "Points Earned", json!({"points": null})));
        }
        if number == HEAVY {
            after.extend(self.forty_orders_of_which_ten_come_back(number));
        }
        if number.is_multiple_of(2) {
            after.extend(self.order_and_what_becomes_of_it(number));
        }
        self.send(&after);
    }

    /// Has the server decide as of a moment; the campaigns whose offers are shown.
    fn view(&self, number: u32, minutes: i64) -> Vec<String> {
        let device = ["mobile", "desktop", ""][usize::try_from(number % 3).expect("small")];
        let question = json!({
            "anonymousId": browser(number), "page": {"path": "/cart"}, "timestamp": self.at(minutes),
            "context": {"device": device}, "placements": ["interstitial", POINTS],
        });
        let answer = ok(self.shop.post("/v1/decide", &question));
        let offers = answer["offers"].as_array().expect("offers").iter();
        offers.map(|offer| offer["campaign"].as_str().expect("a name").to_owned()).collect()
    }

    /// What arrives before the page view although it is later: refunds of an order that is not there
    /// yet, and points.
    fn ahead_of_time(&self, number: u32) -> Vec<Value> {
        let order = json!({"order_id": format!("o-{number}")});
        let part = json!({"order_id": format!("o-{number}"), "total": "1.11", "currency": "USD"});
        let mut early = Vec::new();
        match number % 14 {
            6 => early.push(self.track(number, 30, "Order Refunded", part)),
            8 => early.push(self.track(number, 30, "Order Cancelled", order)),
            _ => {}
        }
        if number.is_multiple_of(9) {
            let points = json!({"points": "0.5"});
            early.push(self.track(number, 10, "Points Earned", points));
        }
        early
    }

    fn product(&self, number: u32, minutes: i64) -> Value {
        let product = json!({"product_id": "p-1", "price": "49.90", "currency": "USD"});
        self.track(number, minutes, "Product Added", product)
    }

    /// An order that is new.
    fn order(
        &mut self,
        number: u32,
        minutes: i64,
        name: &str,
        minor: i64,
        currency: &'static str,
    ) -> Value {
        *self.sent.gross_minor.entry(currency).or_default() += minor;
        let revenue = format!("{}.{:02}", minor / 100, minor % 100);
        let id = format!("{name}-{number}");
        let order = json!({"order_id": id, "revenue": revenue, "currency": currency});
        self.track(number, minutes, "Order Completed", order)
    }

    /// An order, told once more by another message, and for some what becomes of it later.
    fn order_and_what_becomes_of_it(&mut self, number: u32) -> Vec<Value> {
        let currency = if number.is_multiple_of(10) { "EUR" } else { "USD" };
        let order = self.order(number, 15, "o", i64::from(1_000 + 37 * number), currency);
        let mut again = order.clone();
        again["messageId"] = json!(format!("again-{number}"));
        let mut events = vec![order, again];
        let id = format!("o-{number}");
        match number % 14 {
            0 => events.push(self.track(number, 30, "Order Refunded", json!({"order_id": id}))),
            2 | 6 => {
                // Some name no currency, whichever the order is in.
                let named = if number % 14 == 2 { "" } else { currency };
                let part = json!({"order_id": id, "total": "3.33", "currency": named});
                events.push(self.track(number, 31, "Order Refunded", part));
            }
            4 => events.push(self.track(number, 30, "Order Cancelled", json!({"order_id": id}))),
            _ => {}
        }
        events
    }

    /// Orders of one customer, of which those of longest ago are paid back.
    fn forty_orders_of_which_ten_come_back(&mut self, number: u32) -> Vec<Value> {
        let mut events = Vec::new();
        for part in 0..40 {
            events.push(self.order(number, 12 + part, &format!("o-{part}"), 100, "USD"));
        }
        for part in 0..10 {
            let id = format!("o-{part}-{number}");
            let all = json!({"order_id": id, "total": "1.00", "currency": "USD"});
            events.push(self.track(number, 80 + part, "Order Refunded", all));
        }
        events
    }

    /// Two browsers that were counted as two customers, often in two arms, become one person; then comes
    /// what the one did as the person, and an order of the other's is paid back by the person's name.
    fn join(&mut self, pair: u32) {
        let named = json!({
            "type": "identify", "messageId": format!("i-{pair}"), "userId": user(pair),
            "anonymousId": browser(pair), "traits": {},
        });
        let joined = json!({
            "type": "alias", "messageId": format!("alias-{pair}"), "userId": user(pair),
            "previousId": browser(pair + 1),
        });
        self.send(&[named, joined]);
        self.sent.merged += 1;
        let mut late = vec![self.order(pair + 1, 40, "late", 2_500, "USD")];
        let order = json!({"order_id": format!("o-{pair}"), "total": "0.07", "currency": "USD"});
        let mut back = self.track(pair, 50, "Order Refunded", order);
        let back = back.as_object_mut().expect("an object");
        back.remove("anonymousId");
        back.insert("userId".to_owned(), json!(user(pair)));
        late.push(json!(back));
        late.push(self.track(pair + 1, 45, "Points Earned", json!({"points": "7.5"})));
        self.send(&late);
    }
}
