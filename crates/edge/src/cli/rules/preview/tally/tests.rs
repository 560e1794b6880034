use model::{Campaign, CustomerId, Fault, FaultKind, Judgement, Reason, VariantKey};

use super::{Tally, share};

const CAMPAIGN: &str = r#"
key = "carts"
placement = "interstitial"
[when]
plugin = "carts.wat"
[experiment]
control = "control"
variants = [
  { key = "control", weight = 1 },
  { key = "treated", weight = 1, offer = "offer" },
]
[[offers]]
key = "offer"
kind = "banner"
text.en.title = "Welcome back"
"#;

fn campaign() -> Campaign {
    let read = rules::campaign("carts.toml", CAMPAIGN, &rules::cel::Vocabulary::default());
    read.expect("a campaign").campaign
}

fn reason(variant: &str, kept: bool) -> Reason {
    Reason { variant: VariantKey::parse(variant).expect("valid"), kept, text: "".into() }
}

#[test]
fn a_table_tells_the_arms_the_limits_and_why_there_was_no_answer() {
    let campaign = campaign();
    let mut tally = Tally::default();
    let judgements = [
        Judgement::Withheld(reason("control", true)),
        Judgement::Shown(reason("treated", false)),
        Judgement::Shown(reason("treated", false)),
        Judgement::NotEligible,
        Judgement::Faulty(FaultKind::RuleError),
    ];
    for (number, judgement) in (0..).zip(&judgements) {
        let fault = Fault {
            campaign: campaign.key.clone(),
            kind: FaultKind::RuleError,
            detail: "divide by zero".into(),
        };
        let faults = if matches!(judgement, Judgement::Faulty(_)) { vec![fault] } else { vec![] };
        let matches = tally.note(&campaign, CustomerId::from_u128(number), judgement, &faults);
        assert_eq!(matches, number < 3, "customer {number}");
    }
    tally.at_limit = 1;
    tally.elsewhere = 2;
    let expected = "\
customers
  looked at                         5
  the campaign is for               3  60.0 %
    control                         1  33.3 %, control, 1 of them from earlier on
    treated                         2  66.7 %
    not now                         1  shown as often as limits.per_customer allows
    elsewhere                       2  in another part of its layer
  no answer, rule-error             1  divide by zero

some of them
  c-00000000000000000000000000  control
  c-00000000000000000000000001  treated
  c-00000000000000000000000002  treated
";
    assert_eq!(tally.to_table(&campaign), expected);
    let json = tally.to_json(&campaign);
    assert_eq!(json["arms"]["control"], serde_json::json!({"customers": 1, "kept": 1}));
    assert_eq!(json["faults"][0]["kind"], "rule-error");
    assert_eq!(json["matching"], 3);
}

#[test]
fn shares_are_rounded_to_a_tenth_of_a_percent() {
    assert_eq!(share(1, 3), "33.3 %");
    assert_eq!(share(2, 3), "66.7 %");
    assert_eq!(share(1, 2_000), "0.1 %", "half a tenth is rounded up");
    assert_eq!(share(0, 5), "0.0 %");
    assert_eq!(share(0, 0), "");
}
