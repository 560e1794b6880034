//! The records of a row, as bincode writes them.
//!
//! Field order is the format. Texts are borrowed both ways, so that nothing is copied but into the
//! profile itself.

use bincode::{BorrowDecode, Encode};
use model::{
    Alias, AliasKind, AliasSeen, CampaignKey, CampaignTally, Cart, CartLine, ConsentChoice,
    Currency, CustomerId, Enrolment, GoalKey, Money, Profile, Revenue, Span, SplitKey, Tally,
    TenantKey, Tight, Timestamp, Trait, TraitValue, VariantKey,
};

use super::happened::{OrderRecord, OutcomeRecord, RecentRecord};
use super::{Flaw, Row};

/// How bincode writes the first variant of [`Record`].
pub(super) const PROFILE_TAG: u8 = 0;

#[derive(Encode, BorrowDecode)]
pub(super) enum Record<'a> {
    Profile(Box<ProfileRecord<'a>>),
    Moved(u128),
}

#[derive(Encode, BorrowDecode)]
pub(super) struct ProfileRecord<'a> {
    tenant: &'a str,
    applied_lsn: u64,
    aliases: Vec<AliasRecord<'a>>,
    first_seen_ms: i64,
    last_seen_ms: i64,
    lead_since_ms: Option<i64>,
    qualified_since_ms: Option<i64>,
    first_order_ms: Option<i64>,
    last_order_ms: Option<i64>,
    traits: Vec<TraitRecord<'a>>,
    consent: Vec<ConsentRecord<'a>>,
    cart: CartRecord<'a>,
    orders: Vec<OrderRecord>,
    outcomes: Vec<OutcomeRecord>,
    carts: SpanRecord,
    checkouts: SpanRecord,
    recent: Vec<RecentRecord>,
    enrolments: Vec<EnrolmentRecord<'a>>,
    tallies: Vec<TallyRecord<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct AliasRecord<'a> {
    is_user: bool,
    name: &'a str,
    seen_ms: i64,
}

#[derive(Encode, BorrowDecode)]
struct TraitRecord<'a> {
    name: &'a str,
    value: ValueRecord<'a>,
    set_ms: i64,
}

#[derive(Encode, BorrowDecode)]
enum ValueRecord<'a> {
    Text(&'a str),
    Number(f64),
    Flag(bool),
    Absent,
}

#[derive(Encode, BorrowDecode)]
struct ConsentRecord<'a> {
    category: &'a str,
    granted: bool,
    set_ms: i64,
}

#[derive(Encode, BorrowDecode)]
struct CartRecord<'a> {
    lines: Vec<LineRecord<'a>>,
    changed_ms: Option<i64>,
    emptied_ms: Option<i64>,
}

#[derive(Encode, BorrowDecode)]
struct LineRecord<'a> {
    product: &'a str,
    quantity: u32,
    price: Option<MoneyRecord>,
    changed_ms: i64,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct MoneyRecord {
    minor: i64,
    currency: [u8; 3],
}

#[derive(Encode, BorrowDecode)]
struct EnrolmentRecord<'a> {
    campaign: &'a str,
    variant: &'a str,
    split: [u8; 4],
    since_ms: i64,
    last_ms: i64,
    goal: [u8; 4],
    attribution_until_ms: i64,
    revenue_before: Vec<MoneyRecord>,
    /// `None` for never, here and below.
    cart_ms: Option<i64>,
    checkout_ms: Option<i64>,
}

/// `None` for never.
#[derive(Encode, BorrowDecode)]
struct SpanRecord(Option<(i64, i64)>);

#[derive(Encode, BorrowDecode)]
struct TallyRecord<'a> {
    origin: u128,
    visits: u32,
    views: u32,
    product_views: u32,
    cart_adds: u32,
    checkouts: u32,
    orders: u32,
    orders_void: u32,
    promotion_views: u32,
    promotion_clicks: u32,
    revenue: Vec<RevenueRecord>,
    campaigns: Vec<CampaignRecord<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct RevenueRecord {
    currency: [u8; 3],
    orders: u32,
    gross_minor: i64,
    refunded_minor: i64,
    discount_minor: i64,
}

#[derive(Encode, BorrowDecode)]
struct CampaignRecord<'a> {
    campaign: &'a str,
    shows: u32,
    withheld: u32,
    seen: u32,
    clicks: u32,
    redemptions: u32,
    orders: u32,
    orders_void: u32,
    revenue: Vec<RevenueRecord>,
    outcomes: u32,
    value_milli: i64,
}

// === impl Record ===

impl<'a> Record<'a> {
    pub(super) fn of(row: &'a Row) -> Self {
        match row {
            Row::Profile(profile) => Self::Profile(Box::new(ProfileRecord::of(profile))),
            Row::Moved(to) => Self::Moved(to.to_u128()),
        }
    }
}

/// The id that a signpost leads to. Of two merged ids the smaller stays: otherwise following it might
/// never end.
pub(super) fn moved(id: CustomerId, to: u128) -> Result<CustomerId, Flaw> {
    if to < id.to_u128() {
        return Ok(CustomerId::from_u128(to));
    }
    Err(Flaw::Value("a move to a larger id"))
}

// === impl ProfileRecord ===

impl<'a> ProfileRecord<'a> {
    fn of(profile: &'a Profile) -> Self {
        // The id is the row's key.
        let Profile {
            tenant,
            id: _,
            applied_lsn,
            aliases,
            first_seen,
            last_seen,
            lead_since,
            qualified_since,
            first_order_at,
            last_order_at,
            traits,
            consent,
            cart,
            orders,
            outcomes,
            carts,
            checkouts,
            recent,
            enrolments,
            tallies,
        } = profile;
        Self {
            tenant: tenant.as_str(),
            applied_lsn: *applied_lsn,
            aliases: aliases.iter().map(AliasRecord::of).collect(),
            first_seen_ms: first_seen.ms(),
            last_seen_ms: last_seen.ms(),
            lead_since_ms: lead_since.map(Timestamp::ms),
            qualified_since_ms: qualified_since.map(Timestamp::ms),
            first_order_ms: first_order_at.map(Timestamp::ms),
            last_order_ms: last_order_at.map(Timestamp::ms),
            traits: traits.iter().map(TraitRecord::of).collect(),
            consent: consent.iter().map(ConsentRecord::of).collect(),
            cart: CartRecord::of(cart),
            orders: orders.iter().map(OrderRecord::of).collect(),
            outcomes: outcomes.iter().map(OutcomeRecord::of).collect(),
            carts: SpanRecord::of(*carts),
            checkouts: SpanRecord::of(*checkouts),
            recent: RecentRecord::list(recent, *last_seen),
            enrolments: enrolments.iter().map(EnrolmentRecord::of).collect(),
            tallies: tallies.iter().map(TallyRecord::of).collect(),
        }
    }

    pub(super) fn into_profile(self, id: CustomerId) -> Result<Profile, Flaw> {
        let enrolments = all(self.enrolments, EnrolmentRecord::into_enrolment)?;
        let tallies = all(self.tallies, |record| record.into_tally(&enrolments))?;
        let last_seen = Timestamp::from_ms(self.last_seen_ms);
        Ok(Profile {
            tenant: TenantKey::parse(self.tenant).map_err(|_| Flaw::Value("a wrong tenant"))?,
            id,
            applied_lsn: self.applied_lsn,
            aliases: self.aliases.into_iter().map(AliasRecord::into_alias).collect(),
            first_seen: Timestamp::from_ms(self.first_seen_ms),
            last_seen,
            lead_since: self.lead_since_ms.map(Timestamp::from_ms),
            qualified_since: self.qualified_since_ms.map(Timestamp::from_ms),
            first_order_at: self.first_order_ms.map(Timestamp::from_ms),
            last_order_at: self.last_order_ms.map(Timestamp::from_ms),
            traits: self.traits.into_iter().map(TraitRecord::into_trait).collect(),
            consent: self.consent.into_iter().map(ConsentRecord::into_choice).collect(),
            cart: self.cart.into_cart()?,
            orders: all(self.orders, OrderRecord::into_order)?,
            outcomes: all(self.outcomes, |record| Ok(record.into_outcome()))?,
            carts: self.carts.into_span(),
            checkouts: self.checkouts.into_span(),
            recent: RecentRecord::into_entries(self.recent, last_seen)?,
            enrolments,
            tallies,
        })
    }
}

// === impl AliasRecord, TraitRecord, ConsentRecord ===

impl<'a> AliasRecord<'a> {
    fn of(seen: &'a AliasSeen) -> Self {
        let AliasSeen { alias: Alias { kind, name }, seen_at } = seen;
        Self { is_user: matches!(kind, AliasKind::User), name, seen_ms: seen_at.ms() }
    }

    fn into_alias(self) -> AliasSeen {
        let alias = if self.is_user { Alias::user(self.name) } else { Alias::anonymous(self.name) };
        AliasSeen { alias, seen_at: Timestamp::from_ms(self.seen_ms) }
    }
}

impl<'a> TraitRecord<'a> {
    fn of(known: &'a Trait) -> Self {
        let Trait { name, value, set_at } = known;
        let value = match value {
            TraitValue::Text(text) => ValueRecord::Text(text),
            TraitValue::Number(number) => ValueRecord::Number(*number),
            TraitValue::Flag(flag) => ValueRecord::Flag(*flag),
            TraitValue::Absent => ValueRecord::Absent,
        };
        Self { name, value, set_ms: set_at.ms() }
    }

    fn into_trait(self) -> Trait {
        let value = match self.value {
            ValueRecord::Text(text) => TraitValue::Text(text.into()),
            ValueRecord::Number(number) => TraitValue::Number(number),
            ValueRecord::Flag(flag) => TraitValue::Flag(flag),
            ValueRecord::Absent => TraitValue::Absent,
        };
        Trait { name: self.name.into(), value, set_at: Timestamp::from_ms(self.set_ms) }
    }
}

impl<'a> ConsentRecord<'a> {
    fn of(choice: &'a ConsentChoice) -> Self {
        let ConsentChoice { category, granted, set_at } = choice;
        Self { category, granted: *granted, set_ms: set_at.ms() }
    }

    fn into_choice(self) -> ConsentChoice {
        let set_at = Timestamp::from_ms(self.set_ms);
        ConsentChoice { category: self.category.into(), granted: self.granted, set_at }
    }
}

// === impl CartRecord, LineRecord, MoneyRecord ===

impl<'a> CartRecord<'a> {
    fn of(cart: &'a Cart) -> Self {
        let Cart { lines, changed_at, emptied_at } = cart;
        Self {
            lines: lines.iter().map(LineRecord::of).collect(),
            changed_ms: changed_at.map(Timestamp::ms),
            emptied_ms: emptied_at.map(Timestamp::ms),
        }
    }

    fn into_cart(self) -> Result<Cart, Flaw> {
        Ok(Cart {
            lines: all(self.lines, LineRecord::into_line)?,
            changed_at: self.changed_ms.map(Timestamp::from_ms),
            emptied_at: self.emptied_ms.map(Timestamp::from_ms),
        })
    }
}

impl<'a> LineRecord<'a> {
    fn of(line: &'a CartLine) -> Self {
        let CartLine { product, quantity, price, changed_at } = line;
        let price = price.map(MoneyRecord::of);
        Self { product, quantity: *quantity, price, changed_ms: changed_at.ms() }
    }

    fn into_line(self) -> Result<CartLine, Flaw> {
        Ok(CartLine {
            product: self.product.into(),
            quantity: self.quantity,
            price: self.price.map(MoneyRecord::into_money).transpose()?,
            changed_at: Timestamp::from_ms(self.changed_ms),
        })
    }
}

impl MoneyRecord {
    pub(super) fn of(money: Money) -> Self {
        let Money { minor, currency } = money;
        Self { minor, currency: letters(currency) }
    }

    pub(super) fn into_money(self) -> Result<Money, Flaw> {
        Ok(Money::from_minor(self.minor, currency(self.currency)?))
    }
}

impl SpanRecord {
    fn of(span: Span) -> Self {
        Self((span.first <= span.last).then(|| (span.first.ms(), span.last.ms())))
    }

    fn into_span(self) -> Span {
        let Some((first, last)) = self.0 else { return Span::NEVER };
        Span { first: Timestamp::from_ms(first), last: Timestamp::from_ms(last) }
    }
}

// === impl EnrolmentRecord, TallyRecord, CampaignRecord, RevenueRecord ===

impl<'a> EnrolmentRecord<'a> {
    fn of(enrolment: &'a Enrolment) -> Self {
        let Enrolment {
            campaign,
            variant,
            split,
            since,
            last_at,
            goal,
            attribution_until,
            revenue_before,
            cart_at,
            checkout_at,
        } = enrolment;
        let known = |at: Timestamp| Some(at.ms()).filter(|_| at < Timestamp::MAX);
        Self {
            campaign: campaign.as_str(),
            variant: variant.as_str(),
            split: split.to_u32().to_le_bytes(),
            since_ms: since.ms(),
            last_ms: last_at.ms(),
            goal: goal.to_u32().to_le_bytes(),
            attribution_until_ms: attribution_until.ms(),
            revenue_before: revenue_before.iter().copied().map(MoneyRecord::of).collect(),
            cart_ms: known(*cart_at),
            checkout_ms: known(*checkout_at),
        }
    }

    fn into_enrolment(self) -> Result<Enrolment, Flaw> {
        Ok(Enrolment {
            campaign: campaign(self.campaign, &[])?,
            variant: VariantKey::parse(self.variant).map_err(|_| Flaw::Value("a wrong variant"))?,
            split: SplitKey::from_u32(u32::from_le_bytes(self.split)),
            since: Timestamp::from_ms(self.since_ms),
            last_at: Timestamp::from_ms(self.last_ms),
            goal: GoalKey::from_u32(u32::from_le_bytes(self.goal)),
            attribution_until: Timestamp::from_ms(self.attribution_until_ms),
            revenue_before: all(self.revenue_before, MoneyRecord::into_money)?
                .into_iter()
                .collect(),
            cart_at: self.cart_ms.map_or(Timestamp::MAX, Timestamp::from_ms),
            checkout_at: self.checkout_ms.map_or(Timestamp::MAX, Timestamp::from_ms),
        })
    }
}

impl<'a> TallyRecord<'a> {
    fn of(tally: &'a Tally) -> Self {
        let Tally {
            origin,
            visits,
            views,
            product_views,
            cart_adds,
            checkouts,
            orders,
            orders_void,
            promotion_views,
            promotion_clicks,
            revenue,
            campaigns,
        } = tally;
        Self {
            origin: origin.to_u128(),
            visits: *visits,
            views: *views,
            product_views: *product_views,
            cart_adds: *cart_adds,
            checkouts: *checkouts,
            orders: *orders,
            orders_void: *orders_void,
            promotion_views: *promotion_views,
            promotion_clicks: *promotion_clicks,
            revenue: revenue.iter().map(RevenueRecord::of).collect(),
            campaigns: campaigns.iter().map(CampaignRecord::of).collect(),
        }
    }

    fn into_tally(self, enrolments: &[Enrolment]) -> Result<Tally, Flaw> {
        Ok(Tally {
            origin: CustomerId::from_u128(self.origin),
            visits: self.visits,
            views: self.views,
            product_views: self.product_views,
            cart_adds: self.cart_adds,
            checkouts: self.checkouts,
            orders: self.orders,
            orders_void: self.orders_void,
            promotion_views: self.promotion_views,
            promotion_clicks: self.promotion_clicks,
            revenue: all(self.revenue, RevenueRecord::into_revenue)?,
            campaigns: all(self.campaigns, |record| record.into_campaign(enrolments))?,
        })
    }
}

impl<'a> CampaignRecord<'a> {
    fn of(tally: &'a CampaignTally) -> Self {
        let CampaignTally {
            campaign,
            shows,
            withheld,
            seen,
            clicks,
            redemptions,
            orders,
            orders_void,
            revenue,
            outcomes,
            value_milli,
        } = tally;
        Self {
            campaign: campaign.as_str(),
            shows: *shows,
            withheld: *withheld,
            seen: *seen,
            clicks: *clicks,
            redemptions: *redemptions,
            orders: *orders,
            orders_void: *orders_void,
            revenue: revenue.iter().map(RevenueRecord::of).collect(),
            outcomes: *outcomes,
            value_milli: *value_milli,
        }
    }

    fn into_campaign(self, enrolments: &[Enrolment]) -> Result<CampaignTally, Flaw> {
        Ok(CampaignTally {
            campaign: campaign(self.campaign, enrolments)?,
            shows: self.shows,
            withheld: self.withheld,
            seen: self.seen,
            clicks: self.clicks,
            redemptions: self.redemptions,
            orders: self.orders,
            orders_void: self.orders_void,
            revenue: all(self.revenue, RevenueRecord::into_revenue)?,
            outcomes: self.outcomes,
            value_milli: self.value_milli,
        })
    }
}

impl RevenueRecord {
    fn of(revenue: &Revenue) -> Self {
        let Revenue { currency, orders, gross_minor, refunded_minor, discount_minor } = *revenue;
        Self { currency: letters(currency), orders, gross_minor, refunded_minor, discount_minor }
    }

    fn into_revenue(self) -> Result<Revenue, Flaw> {
        Ok(Revenue {
            currency: currency(self.currency)?,
            orders: self.orders,
            gross_minor: self.gross_minor,
            refunded_minor: self.refunded_minor,
            discount_minor: self.discount_minor,
        })
    }
}

/// Converts every record.
pub(super) fn all<R, T>(
    records: Vec<R>,
    mut convert: impl FnMut(R) -> Result<T, Flaw>,
) -> Result<Tight<T>, Flaw> {
    let mut values = Vec::with_capacity(records.len());
    for record in records {
        values.push(convert(record)?);
    }
    Ok(values.into())
}

/// Takes the campaign's name from its enrolment, if there is one, so that it is in memory once.
fn campaign(name: &str, enrolments: &[Enrolment]) -> Result<CampaignKey, Flaw> {
    match enrolments.binary_search_by(|known| known.campaign.as_str().cmp(name)) {
        Ok(place) => Ok(enrolments[place].campaign.clone()),
        Err(_) => CampaignKey::parse(name).map_err(|_| Flaw::Value("a wrong campaign")),
    }
}

fn letters(currency: Currency) -> [u8; 3] {
    let code = currency.code().as_bytes();
    code.try_into().expect("an ISO 4217 code has three letters")
}

fn currency(letters: [u8; 3]) -> Result<Currency, Flaw> {
    let wrong = Flaw::Value("a wrong currency");
    let Ok(code) = std::str::from_utf8(&letters) else { return Err(wrong) };
    Currency::parse(code).map_err(|_| wrong)
}
