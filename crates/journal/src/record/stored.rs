//! The structs that lie on disk, and how a record becomes one and is made again.
//!
//! Text is borrowed both ways. Fields are encoded in the order written here and enums by the place of
//! the variant, so nothing may be reordered or removed within one format version. Every conversion
//! takes its source apart by name: a new field in the model does not compile until the format has it.

mod action;
mod change;
mod offers;

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use bincode::{BorrowDecode, Encode};
use model::{
    Alias, AliasKind, CampaignKey, ConsentUpdate, CustomerId, Event, Exposure, GoalKey, Identity,
    Measure, SplitKey, TenantKey, TermsKey, Timestamp, VariantKey,
};

use self::action::{StoredAction, StoredMoney};
use self::change::StoredChange;
use self::offers::{StoredCharge, StoredRedeemed};
use super::{Body, Head, KIND_EVENT, KIND_EXPOSED, KIND_MERGED, KIND_REDEEMED, Record, Via};
use crate::limits::RECORD_MEMORY_BYTES_MAX;

type Format = Configuration<LittleEndian, Varint, Limit<RECORD_MEMORY_BYTES_MAX>>;
const FORMAT: Format = bincode::config::standard().with_limit::<RECORD_MEMORY_BYTES_MAX>();

/// What every record begins with.
#[derive(Encode, BorrowDecode)]
struct StoredHead<'a> {
    tenant: &'a str,
    /// Big endian.
    customer: [u8; 16],
    change: StoredChange<'a>,
}

/// The body of [`KIND_EVENT`].
#[derive(Encode, BorrowDecode)]
struct StoredEvent<'a> {
    via: StoredVia,
    message_id: &'a str,
    at_ms: i64,
    /// Relative to `at_ms`, which makes it short.
    received_after_ms: i64,
    user: Option<&'a str>,
    anonymous: Option<&'a str>,
    consent: Vec<(&'a str, bool)>,
    action: StoredAction<'a>,
    name: &'a str,
    properties: &'a str,
    /// By goal, in thousandths.
    measures: Vec<([u8; 4], i64)>,
}

#[derive(Encode, BorrowDecode)]
enum StoredVia {
    Ingest,
    Decide,
}

/// The body of [`KIND_MERGED`].
#[derive(Encode, BorrowDecode)]
struct StoredMerged {
    absorbed: [u8; 16],
    at_ms: i64,
}

/// The body of [`KIND_EXPOSED`]. Where anything is charged, the charges follow as a list: a record
/// without them is as it was before there were budgets.
#[derive(Encode, BorrowDecode)]
struct StoredExposed<'a> {
    decision: [u8; 16],
    plan_version: u64,
    at_ms: i64,
    exposures: Vec<StoredExposure<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct StoredExposure<'a> {
    campaign: &'a str,
    variant: &'a str,
    shown: bool,
    terms: [u8; 4],
    split: [u8; 4],
    goal: [u8; 4],
    attribution_until_ms: i64,
    revenue_before: Vec<StoredMoney<'a>>,
    rule_digest: [u8; 32],
}

/// Lets bincode write straight into the journal's buffer.
struct Sink<'a>(&'a mut Vec<u8>);

/// Appends everything but the version byte.
pub(super) fn encode(record: &Record, buffer: &mut Vec<u8>) {
    let Record { tenant, customer, body, change } = record;
    let head = StoredHead {
        tenant: tenant.as_str(),
        customer: customer.to_u128().to_be_bytes(),
        change: StoredChange::from(change),
    };
    write(&head, buffer);
    match body {
        Body::Event { event, via } => write(&StoredEvent::new(event, *via), buffer),
        Body::Merged { absorbed, at } => {
            let absorbed = absorbed.to_u128().to_be_bytes();
            write(&StoredMerged { absorbed, at_ms: at.ms() }, buffer);
        }
        Body::Exposed { decision, plan_version, at, exposures, charges } => {
            let exposed = StoredExposed {
                decision: decision.to_be_bytes(),
                plan_version: *plan_version,
                at_ms: at.ms(),
                exposures: exposures.iter().map(StoredExposure::from).collect(),
            };
            write(&exposed, buffer);
            if !charges.is_empty() {
                write(&charges.iter().map(StoredCharge::from).collect::<Vec<_>>(), buffer);
            }
        }
        Body::Redeemed(redemption) => write(&StoredRedeemed::from(redemption), buffer),
    }
}

/// Reads everything but the version byte; the text of an error says what is wrong.
pub(super) fn decode(kind: u8, bytes: &[u8]) -> Result<Record, String> {
    let (head, rest) = read_head(bytes)?;
    let body = match kind {
        KIND_EVENT => read_all::<StoredEvent<'_>>(rest)?.into_body()?,
        KIND_MERGED => {
            let StoredMerged { absorbed, at_ms } = read_all(rest)?;
            let absorbed = CustomerId::from_u128(u128::from_be_bytes(absorbed));
            Body::Merged { absorbed, at: Timestamp::from_ms(at_ms) }
        }
        KIND_EXPOSED => {
            let (exposed, rest) = read_some(rest)?;
            let StoredExposed { decision, plan_version, at_ms, exposures } = exposed;
            let charges: Vec<StoredCharge<'_>> = match rest {
                [] => Vec::new(),
                // An empty list is never written.
                [0] => return Err("1 bytes to spare".to_owned()),
                rest => read_all(rest)?,
            };
            Body::Exposed {
                decision: u128::from_be_bytes(decision),
                plan_version,
                at: Timestamp::from_ms(at_ms),
                exposures: exposures
                    .into_iter()
                    .map(StoredExposure::into_model)
                    .collect::<Result<_, _>>()?,
                charges: charges
                    .into_iter()
                    .map(StoredCharge::into_model)
                    .collect::<Result<_, _>>()?,
            }
        }
        KIND_REDEEMED => Body::Redeemed(read_all::<StoredRedeemed<'_>>(rest)?.into_model()?),
        _ => return Err("unknown kind".to_owned()),
    };
    let Head { tenant, customer, change } = head;
    let tenant = TenantKey::parse(tenant).map_err(|error| error.to_string())?;
    Ok(Record { tenant, customer, body, change })
}

/// Reads only the head.
pub(super) fn peek(bytes: &[u8]) -> Result<Head<'_>, String> {
    read_head(bytes).map(|(head, _)| head)
}

fn read_head(bytes: &[u8]) -> Result<(Head<'_>, &[u8]), String> {
    let (StoredHead { tenant, customer, change }, rest) = read_some(bytes)?;
    let customer = CustomerId::from_u128(u128::from_be_bytes(customer));
    Ok((Head { tenant, customer, change: change.into_model()? }, rest))
}

fn write(value: &impl Encode, buffer: &mut Vec<u8>) {
    bincode::encode_into_writer(value, Sink(buffer), FORMAT).expect(
        "the stored structs have nothing that bincode refuses, and a vector takes all bytes",
    );
}

/// Reads a value that must take up all bytes: any to spare mean another format.
fn read_all<'a, T: BorrowDecode<'a, ()>>(bytes: &'a [u8]) -> Result<T, String> {
    match read_some(bytes)? {
        (value, []) => Ok(value),
        (_, rest) => Err(format!("{} bytes to spare", rest.len())),
    }
}

/// Reads a value, and gives the bytes after it.
fn read_some<'a, T: BorrowDecode<'a, ()>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), String> {
    let (value, used) =
        bincode::borrow_decode_from_slice(bytes, FORMAT).map_err(|error| error.to_string())?;
    Ok((value, &bytes[used..]))
}

fn split_bytes(split: SplitKey) -> [u8; 4] {
    split.to_u32().to_le_bytes()
}

fn split_of(bytes: [u8; 4]) -> SplitKey {
    SplitKey::from_u32(u32::from_le_bytes(bytes))
}

fn goal_bytes(goal: GoalKey) -> [u8; 4] {
    goal.to_u32().to_le_bytes()
}

fn goal_of(bytes: [u8; 4]) -> GoalKey {
    GoalKey::from_u32(u32::from_le_bytes(bytes))
}

fn campaign_key(text: &str) -> Result<CampaignKey, String> {
    CampaignKey::parse(text).map_err(|error| error.to_string())
}

fn variant_key(text: &str) -> Result<VariantKey, String> {
    VariantKey::parse(text).map_err(|error| error.to_string())
}

// === impl StoredEvent ===

impl<'a> StoredEvent<'a> {
    fn new(event: &'a Event, via: Via) -> Self {
        let Event { message_id, at, received_at, who, consent, action, name, properties, measures } =
            event;
        let primary = who.primary();
        let (user, anonymous) = match primary.kind {
            AliasKind::User => {
                (Some(&*primary.name), who.also_anonymous().map(|alias: &Alias| &*alias.name))
            }
            AliasKind::Anonymous => (None, Some(&*primary.name)),
        };
        Self {
            via: match via {
                Via::Ingest => StoredVia::Ingest,
                Via::Decide => StoredVia::Decide,
            },
            message_id,
            at_ms: at.ms(),
            received_after_ms: received_at.ms().wrapping_sub(at.ms()),
            user,
            anonymous,
            consent: consent
                .iter()
                .map(|ConsentUpdate { category, granted }| (&**category, *granted))
                .collect(),
            action: StoredAction::from(action),
            name,
            properties,
            measures: measures
                .iter()
                .map(|Measure { goal, value_milli }| (goal_bytes(*goal), *value_milli))
                .collect(),
        }
    }

    fn into_body(self) -> Result<Body, String> {
        let consent = self.consent.into_iter();
        let measures = self.measures.into_iter();
        let event = Event {
            message_id: self.message_id.into(),
            at: Timestamp::from_ms(self.at_ms),
            received_at: Timestamp::from_ms(self.at_ms.wrapping_add(self.received_after_ms)),
            who: Identity::new(self.user, self.anonymous)
                .ok_or_else(|| "an event of nobody".to_owned())?,
            consent: consent
                .map(|(category, granted)| ConsentUpdate { category: category.into(), granted })
                .collect(),
            action: self.action.into_model()?,
            name: self.name.into(),
            properties: self.properties.into(),
            measures: measures
                .map(|(goal, value_milli)| Measure { goal: goal_of(goal), value_milli })
                .collect(),
        };
        let via = match self.via {
            StoredVia::Ingest => Via::Ingest,
            StoredVia::Decide => Via::Decide,
        };
        Ok(Body::Event { event, via })
    }
}

// === impl StoredExposure ===

impl<'a> From<&'a Exposure> for StoredExposure<'a> {
    fn from(exposure: &'a Exposure) -> Self {
        let Exposure {
            campaign,
            variant,
            shown,
            terms,
            split,
            goal,
            attribution_until,
            revenue_before,
            rule_digest,
        } = exposure;
        Self {
            campaign: campaign.as_str(),
            variant: variant.as_str(),
            shown: *shown,
            terms: terms.to_u32().to_le_bytes(),
            split: split_bytes(*split),
            goal: goal_bytes(*goal),
            attribution_until_ms: attribution_until.ms(),
            revenue_before: revenue_before.iter().map(StoredMoney::from).collect(),
            rule_digest: *rule_digest,
        }
    }
}

impl StoredExposure<'_> {
    fn into_model(self) -> Result<Exposure, String> {
        let before = self.revenue_before.into_iter();
        Ok(Exposure {
            campaign: campaign_key(self.campaign)?,
            variant: variant_key(self.variant)?,
            shown: self.shown,
            terms: TermsKey::from_u32(u32::from_le_bytes(self.terms)),
            split: split_of(self.split),
            goal: goal_of(self.goal),
            attribution_until: Timestamp::from_ms(self.attribution_until_ms),
            revenue_before: before.map(StoredMoney::into_model).collect::<Result<_, _>>()?,
            rule_digest: self.rule_digest,
        })
    }
}

// === impl Sink ===

impl Writer for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}
