//! What `rules/README.md` and the example campaigns say is true.

use std::time::Duration;

use model::{Campaign, Discount, Goal, OfferKind, PagePattern, Timestamp, When};

use rules::cases;
use rules::cel::Type;

use crate::{accepted, euro, repository_text, vocabulary};

#[track_caller]
fn campaign(name: &str, text: &str) -> Campaign {
    accepted(rules::campaign(name, text, vocabulary())).campaign
}

/// The blocks of a fenced language in a Markdown text.
fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = markdown.split(&fence).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or("").to_owned()).collect()
}

#[test]
fn the_shortest_campaign_of_the_reference_has_the_stated_defaults() {
    let examples = blocks(&repository_text("rules/README.md"), "toml");
    let campaign = campaign("first example", &examples[0]);
    assert_eq!(campaign.priority, 0);
    assert_eq!(campaign.pages, []);
    assert_eq!(campaign.schedule, model::Schedule::default());
    assert_eq!(campaign.group, None);
    assert!(campaign.stacks);
    assert_eq!(campaign.limits, model::Limits::default());
    assert_eq!(campaign.offers[0].token_valid, None);
    assert_eq!(&*campaign.experiment.salt, "cart-rescue");
    assert_eq!((campaign.experiment.layer, campaign.experiment.holdout), (None, None));
    assert_eq!(campaign.experiment.control, 0);
    assert_eq!(campaign.goal, Goal::orders(Duration::from_secs(7 * 86_400)));
    assert_eq!(campaign.offers[0].link, None);
    let weights: Vec<u32> = campaign.experiment.variants.iter().map(|it| it.weight).collect();
    assert_eq!(weights, [50, 50]);
    assert_eq!(campaign.experiment.variants[0].offer, None);
    assert_eq!(campaign.experiment.variants[1].offer, Some(0));
}

#[test]
fn the_campaign_with_every_key_means_what_the_reference_says() {
    let examples = blocks(&repository_text("rules/README.md"), "toml");
    assert_eq!(examples.len(), 5, "two campaigns, traits, a holdout and cases");
    let campaign = campaign("second example", &examples[1]);
    assert_eq!(campaign.priority, -5);
    assert_eq!(
        campaign.pages,
        [PagePattern::Exact("/".into()), PagePattern::Prefix("/product/".into())]
    );
    let time = |text| Timestamp::parse(text).ok();
    assert_eq!(campaign.schedule.from, time("2026-11-30T23:00:00Z"));
    assert_eq!(campaign.schedule.until, time("2026-12-24T17:00:00Z"));
    let hours = campaign.schedule.hours.as_ref().expect("hours");
    assert_eq!(hours.zone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(hours.days, [false, false, false, false, true, true, false]);
    assert_eq!((hours.from_minute, hours.until_minute), (18 * 60, 2 * 60));
    assert_eq!(campaign.group.as_ref().map(model::GroupKey::as_str), Some("delivery-offers"));
    assert!(!campaign.stacks);
    assert_eq!(campaign.when, When::Plugin("plugins/frequent-buyers.wasm".into()));
    let day = Duration::from_secs(24 * 3_600);
    assert_eq!(campaign.limits.per_customer, Some(model::CustomerLimit { shows: 3, within: day }));
    assert_eq!(campaign.limits.shows, Some(1_000));
    let budget = campaign.limits.discount.expect("a budget");
    assert_eq!(budget.to_string(), "500.00 EUR");
    assert_eq!(&*campaign.experiment.salt, "free-delivery-test-2");
    let variants = &campaign.experiment.variants;
    let shares: Vec<_> = variants.iter().map(|it| (it.key.as_str(), it.weight)).collect();
    let expected = [("nothing", 18), ("five-euro", 9), ("ten-percent", 9), ("holdout", 4)];
    assert_eq!((&*shares, campaign.experiment.holdout), (&expected[..], Some(3)));
    let layer = campaign.experiment.layer.as_ref().expect("a layer");
    assert_eq!((layer.layer.as_str(), layer.from, layer.to), ("delivery", 0, 40));
    let window = Duration::from_secs(36 * 3_600);
    assert_eq!(campaign.goal, Goal::of_events("Points Earned", Some("points"), window));
    assert_eq!((campaign.goal.event(), campaign.goal.value()), ("Points Earned", Some("points")));
    let [five, ten] = campaign.offers.as_slice() else { panic!("two offers") };
    assert_eq!(five.kind, OfferKind::Banner);
    assert_eq!(five.link.as_deref(), Some("https://shop.example/delivery"));
    let Some(Discount::Amount(amount)) = five.discount else { panic!("an amount") };
    assert_eq!(amount.to_string(), "5.00 EUR");
    assert_eq!(five.token_valid, Some(day));
    assert_eq!(ten.token_valid, None);
    assert_eq!(ten.kind, OfferKind::Coupon);
    assert_eq!(ten.discount, Some(Discount::Percent(10)));
}

#[test]
fn the_default_language_comes_first_and_the_others_as_written() {
    let examples = blocks(&repository_text("rules/README.md"), "toml");
    let campaign = campaign("second example", &examples[1]);
    let tags = |offer: &model::Offer| -> Vec<String> {
        offer.texts.iter().map(|(tag, _)| tag.to_string()).collect()
    };
    assert_eq!(tags(&campaign.offers[0]), ["de", "en"], "English is written first");
    assert_eq!(tags(&campaign.offers[1]), ["de", "de-at"], "tags are in lower case");
    let text = campaign.offers[0].texts_for("fr-FR").expect("the default");
    assert_eq!(&*text.title, "5 Euro Rabatt");
}

#[test]
fn the_demo_campaign_is_the_cart_rescue_of_the_architecture() {
    let text = repository_text("rules/demo/cart-rescue.toml");
    let campaign = campaign("rules/demo/cart-rescue.toml", &text);
    assert_eq!(campaign.key.as_str(), "cart-rescue");
    assert_eq!(campaign.placement.as_str(), "interstitial");
    assert_eq!(campaign.when, When::Plugin("plugins/cart-rescue.wat".into()));
    let offer = &campaign.offers[0];
    assert_eq!(offer.discount, Some(Discount::Percent(20)));
    assert_eq!(offer.texts_for("fr").map(|texts| &*texts.title), Some("20 % off your cart"));
    assert_eq!(offer.texts_for("de-DE").map(|texts| &*texts.action), Some("Zum Warenkorb"));
}

#[test]
fn the_traits_of_the_reference_have_the_types_that_it_tells() {
    let examples = blocks(&repository_text("rules/README.md"), "toml");
    let traits = Some(("third example", &*examples[2]));
    let vocabulary = accepted(rules::vocabulary(euro(), traits, None));
    for (name, ty) in [("vip", Type::Bool), ("city", Type::String), ("points", Type::Double)] {
        let mut names = vocabulary.schema.attributes.iter();
        let path = format!("customer.traits.{name}");
        let found = names.find(|declared| *declared.path == *path).expect("declared");
        assert_eq!((&found.ty, found.optional), (&ty, true), "{name}");
    }
}

#[test]
fn the_holdout_of_the_reference_has_the_stated_defaults() {
    let examples = blocks(&repository_text("rules/README.md"), "toml");
    let holdout = accepted(rules::holdout("fourth example", &examples[3]));
    assert_eq!((holdout.key.as_str(), &*holdout.salt, holdout.percent), ("holdout", "holdout", 5));
    assert_eq!(holdout.attribution_window, Duration::from_secs(30 * 86_400));
    let of_example = accepted(rules::holdout("h", &repository_text("rules/examples/holdout.toml")));
    assert_eq!(of_example.key.as_str(), "holdout-2026-q4");
    assert_eq!(of_example.salt, of_example.key.as_str().into(), "a new key draws customers anew");
}

#[test]
fn the_cases_of_the_reference_are_decided_as_they_expect() {
    let examples = blocks(&repository_text("rules/README.md"), "toml");
    let cases = accepted(cases::read("fifth example", &examples[4], vocabulary()));
    let text = repository_text("rules/examples/cart-rescue.toml");
    let rule = accepted(rules::campaign("cart-rescue.toml", &text, vocabulary())).rule;
    let rule = rule.expect("a rule");
    assert_eq!(cases.len(), 4);
    for case in cases {
        assert!(cases::run(&rule, &case).is_met, "{case:?}");
    }
}

#[test]
fn the_mistake_shown_in_the_reference_is_what_is_really_said() {
    let readme = repository_text("rules/README.md");
    let example = blocks(&readme, "toml")[0].replacen("weight = 50", "wieght = 50", 1);
    // The reference shows it on line 24.
    let at = example.lines().position(|line| line.starts_with("wieght")).expect("there") + 1;
    let padded = "\n".repeat(24 - at) + &example;
    let mistakes =
        rules::campaign("cart-rescue.toml", &padded, vocabulary()).expect_err("misspelt");
    let mut shown = blocks(&readme, "text").into_iter().filter(|it| it.contains("`wieght`"));
    let shown = shown.next().expect("a mistake");
    assert!(
        mistakes.iter().any(|mistake| format!("{mistake}\n") == shown),
        "the reference shows\n{shown}but said was {mistakes:#?}"
    );
}

#[test]
fn the_limits_in_the_reference_are_those_of_the_code() {
    use rules::limits as l;
    let readme = repository_text("rules/README.md");
    let with_comma = |number: u64| {
        let digits = number.to_string();
        let from_right = digits.char_indices().map(|(place, digit)| (digits.len() - place, digit));
        let mut shown = String::new();
        for (place, digit) in from_right {
            let is_thousand = place.is_multiple_of(3) && !shown.is_empty();
            shown.extend(is_thousand.then_some(',').into_iter().chain([digit]));
        }
        shown
    };
    let comma = |number: usize| with_comma(u64::try_from(number).expect("fits"));
    let priority = u64::try_from(l::PRIORITY_MAX).expect("fits");
    let said = [
        format!("at most\n{} KiB", l::FILE_BYTES_MAX / 1_024),
        format!("at most {})", l::DIAGNOSTICS_MAX),
        format!("`[[experiment.variants]]`, 1 to {} of them", l::VARIANTS_MAX),
        format!("which is at most {}.", with_comma(l::WEIGHTS_TOTAL_MAX.into())),
        format!("### `[[offers]]`, 1 to {} of them", l::OFFERS_MAX),
        format!("1 to {} languages", l::LOCALES_MAX),
        format!("| `title` | text of at most {} bytes", comma(l::TITLE_BYTES_MAX)),
        format!("| `body` | text of at most {} bytes", comma(l::BODY_BYTES_MAX)),
        format!("| `action` | text of at most {} bytes", comma(l::ACTION_BYTES_MAX)),
        format!("a name has at most {} letters", l::PLACEHOLDER_BYTES_MAX),
        format!("| `pages` | list of 1 to {} paths of at most", l::PAGES_MAX),
        format!("| `plugin` | path, at most {} bytes", comma(l::PATH_BYTES_MAX)),
        format!("with `https://`, at most {} bytes", comma(l::LINK_BYTES_MAX)),
        format!("| `salt` | text of at most {} bytes", l::SALT_BYTES_MAX),
        format!("| `holdout` | whole number, 1 to {} | ", l::HOLDOUT_PERCENT_MAX),
        format!("| `percent` | whole number, 1 to {} | ", l::HOLDOUT_PERCENT_MAX),
        format!("| `from` | whole number, 0 to {} | required", l::LAYER_PLACES - 1),
        format!("| `to` | whole number, 1 to {} | required", l::LAYER_PLACES),
        format!("-{0} to {0}", with_comma(priority)),
        format!("`1s` to `{}d` | `\"7d\"`", l::WINDOW_MAX.as_secs() / 86_400),
        format!("| `shows` | whole number, 1 to {} |", l::CUSTOMER_SHOWS_MAX),
        format!("`1s` to `{}d` | required", l::WITHIN_MAX.as_secs() / 86_400),
        format!("whole number, 1 to {}", with_comma(l::BUDGET_SHOWS_MAX)),
        format!(
            "`{}m` to `{}h`",
            l::TOKEN_VALID_MIN.as_secs() / 60,
            l::TOKEN_VALID_MAX.as_secs() / 3_600
        ),
        format!("A *name* is 1 to {} of", model::limits::KEY_BYTES_MAX),
        format!("| `rule` | text, at most {} bytes", comma(l::RULE_TEXT_BYTES_MAX)),
        format!(
            "not in a circle; at most {} of\nthem, and at most {} in a chain",
            l::SEGMENTS_MAX,
            l::SEGMENT_CHAIN_MAX
        ),
        format!("behind a dot. At\nmost {} of them", l::TRAITS_MAX),
        format!("There are at most\n{} cases", l::CASES_MAX),
        // The holdout takes one place.
        format!("has at most {} campaigns", model::limits::PROFILE_CAMPAIGNS_MAX - 1),
        format!("is in at most {}\nat a time", model::limits::PROFILE_CAMPAIGNS_MAX),
    ];
    for text in said {
        assert!(readme.contains(&text), "rules/README.md does not say {text:?}");
    }
}
