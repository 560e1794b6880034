//! What the variants of a campaign offer.

use std::sync::Arc;
use std::time::Duration;

use model::{Discount, Offer, OfferKey, OfferKind};
use toml::Spanned;

use super::{OFFERS, discount, link, texts};
use crate::duration::duration;
use crate::key::{Key, NAME, Need, Shape, Table, key};
use crate::limits::{LINK_BYTES_MAX, LOCALES_MAX, OFFERS_MAX, TOKEN_VALID_MAX, TOKEN_VALID_MIN};
use crate::nearest::nearest;
use crate::report::{Report, quoted};
use crate::section::{Section, name};

const OFFER_KEY: Key = key("key", "key = \"twenty-percent-off-cart\"")
    .required()
    .shape(NAME)
    .about("The offer's name, unique within the campaign. Some variant must have it.");
const KIND: Key = key("kind", "kind = \"interstitial\"")
    .required()
    .shape(Shape::Choice(&KINDS))
    .about("How it is shown.");
pub(super) const DISCOUNT: Key = key("discount", "discount = { percent = 20, of = \"cart\" }")
    .shape(Shape::Table(&discount::TABLE))
    .about("What is taken off the cart: either a percentage or an amount.");
pub(super) const LINK: Key = key("link", "link = \"/cart\"")
    .needs(Need::InEach("text", "action"))
    .shape(Shape::Pattern(link::LOOKS, LINK_BYTES_MAX))
    .about("Where the button leads. With a link each language needs an `action`.");
const TOKEN: Key = key("token", "token = \"24h\"")
    .needs(Need::Beside("discount"))
    .shape(Shape::Duration(TOKEN_VALID_MIN, TOKEN_VALID_MAX))
    .about(
        "The customer is given a token, with which the shop redeems the discount once, and for how \
         long. Needs `discount`.",
    );
pub(super) const TEXT: Key = key("text", "[offers.text.en]")
    .required()
    .shape(Shape::Named(texts::LOCALE, &texts::SHAPE, LOCALES_MAX))
    .about("The words of the offer, by language.");

pub(super) static TABLE: Table = Table::of(&[OFFER_KEY, KIND, DISCOUNT, TOKEN, LINK, TEXT]);

/// The words for the kinds of offers.
const KINDS: [&str; OfferKind::ALL.len()] = {
    let mut words = [""; OfferKind::ALL.len()];
    let mut place = 0;
    while place < words.len() {
        words[place] = OfferKind::ALL[place].as_str();
        place += 1;
    }
    words
};

/// An offer as it was read: what other parts refer to, and the offer itself if nothing is wrong
/// with it.
pub(super) struct Read<'t> {
    pub(super) name: Option<Spanned<&'t str>>,
    /// Whether it is to take something off, even if what is written is mistaken.
    pub(super) has_discount: bool,
    /// What it takes off, and where that is written.
    pub(super) discount: Option<Spanned<Discount>>,
    offer: Option<Offer>,
}

/// Reads all `[[offers]]`.
pub(super) fn read<'t>(
    report: &mut Report,
    top: &Section<'t>,
    default_locale: Option<&Spanned<Box<str>>>,
) -> Vec<Read<'t>> {
    let Some(value) = top.find(OFFERS) else {
        let help = "add [[offers]], and name it as `offer` of a variant";
        report.error(0..0, "missing section [[offers]]: what is offered?", help);
        return Vec::new();
    };
    let mut offers: Vec<Read<'t>> = Vec::new();
    for value in Section::list(report, value, OFFERS, OFFERS_MAX) {
        let section = Section::new(report, "[[offers]]", OFFERS, value);
        let Some(section) = section else { continue };
        let read = offer(report, &section, default_locale);
        if let Some(name) = &read.name
            && offers.iter().any(|known| known.is_named(name))
        {
            let message = format!("two offers are named {}", quoted(name.get_ref()));
            report.error(name.span(), message, "give each offer a name of its own");
        }
        offers.push(read);
    }
    offers
}

fn offer<'t>(
    report: &mut Report,
    section: &Section<'t>,
    default_locale: Option<&Spanned<Box<str>>>,
) -> Read<'t> {
    let found = section.require_text(report, OFFER_KEY);
    let key = found.as_ref().and_then(|text| name(report, text, OfferKey::parse));
    let kind = section.require_text(report, KIND).and_then(|text| kind(report, &text));
    let discount = discount::read(report, section);
    let link = link::read(report, section);
    let token_valid = token(report, section);
    let texts = texts::read(report, section, default_locale);
    let offer = match (key, kind, texts) {
        (Some(key), Some(kind), Some(texts)) => {
            let discount = discount.as_ref().map(|discount| *discount.get_ref());
            Some(Offer { key, kind, discount, texts, link, token_valid })
        }
        _ => None,
    };
    Read { name: found, has_discount: section.find(DISCOUNT).is_some(), discount, offer }
}

/// Reads `token`: how long what the customer is given can be redeemed.
fn token(report: &mut Report, section: &Section) -> Option<Duration> {
    let text = section.text(report, TOKEN)?;
    if section.find(DISCOUNT).is_none() {
        let help = format!("add `{}`, or remove `token`", DISCOUNT.example);
        report.error(text.span(), "a token needs a discount: what would be redeemed?", help);
    }
    duration(report, &text, "token", TOKEN)
}

fn kind(report: &mut Report, text: &Spanned<&str>) -> Option<OfferKind> {
    let written = *text.get_ref();
    let found = OfferKind::ALL.into_iter().find(|kind| kind.as_str() == written);
    if found.is_none() {
        let help = match nearest(written, KINDS) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("write one of {}", KINDS.map(|word| format!("{word:?}")).join(", ")),
        };
        report.error(text.span(), format!("unknown kind of offer {}", quoted(written)), help);
    }
    found
}

// === impl Read ===

impl Read<'_> {
    fn is_named(&self, name: &Spanned<&str>) -> bool {
        self.name.as_ref().is_some_and(|known| known.get_ref() == name.get_ref())
    }

    /// The offer; `None` only when there was a complaint.
    pub(super) fn into_named(self) -> Option<Arc<Offer>> {
        self.offer.map(Arc::new)
    }
}
