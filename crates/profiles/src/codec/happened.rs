//! The records of what happened: orders, outcomes, and events by their time.
//!
//! Field order is the format.

use bincode::{BorrowDecode, Encode};
use model::{
    CustomerId, GoalKey, OrderSeen, OutcomeSeen, Placed, ProductHash, Recent, RecentKey, Refund,
    Tight, Timestamp,
};

use super::Flaw;
use super::record::{MoneyRecord, all};

#[derive(Encode, BorrowDecode)]
pub(super) struct OrderRecord {
    id_hash: u64,
    at_ms: i64,
    placed: Option<PlacedRecord>,
    cancelled: bool,
    refunds: Vec<RefundRecord>,
}

#[derive(Encode, BorrowDecode)]
struct PlacedRecord {
    origin: u128,
    revenue: Option<MoneyRecord>,
    discount_minor: i64,
    products: Vec<[u8; 4]>,
}

#[derive(Encode, BorrowDecode)]
struct RefundRecord {
    id: [u8; 4],
    amount: MoneyRecord,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct OutcomeRecord {
    at_ms: i64,
    goal: [u8; 4],
    id: [u8; 4],
    value_milli: i64,
}

#[derive(Encode, BorrowDecode)]
pub(super) struct RecentRecord {
    /// How much earlier than the entry before; the first counts from the last event.
    before_ms: i64,
    key: [u8; 4],
    id: [u8; 2],
}

// === impl OrderRecord, PlacedRecord, RefundRecord ===

impl OrderRecord {
    pub(super) fn of(order: &OrderSeen) -> Self {
        let OrderSeen { id_hash, at, placed, cancelled, refunds } = order;
        Self {
            id_hash: *id_hash,
            at_ms: at.ms(),
            placed: placed.as_ref().map(PlacedRecord::of),
            cancelled: *cancelled,
            refunds: refunds.iter().map(RefundRecord::of).collect(),
        }
    }

    pub(super) fn into_order(self) -> Result<OrderSeen, Flaw> {
        Ok(OrderSeen {
            id_hash: self.id_hash,
            at: Timestamp::from_ms(self.at_ms),
            placed: self.placed.map(PlacedRecord::into_placed).transpose()?,
            cancelled: self.cancelled,
            refunds: all(self.refunds, RefundRecord::into_refund)?,
        })
    }
}

impl PlacedRecord {
    fn of(placed: &Placed) -> Self {
        let Placed { origin, revenue, discount_minor, products } = placed;
        Self {
            origin: origin.to_u128(),
            revenue: revenue.map(MoneyRecord::of),
            discount_minor: *discount_minor,
            products: products.iter().map(|hash| hash.to_u32().to_le_bytes()).collect(),
        }
    }

    fn into_placed(self) -> Result<Placed, Flaw> {
        let hash = |bytes| Ok(ProductHash::from_u32(u32::from_le_bytes(bytes)));
        Ok(Placed {
            origin: CustomerId::from_u128(self.origin),
            revenue: self.revenue.map(MoneyRecord::into_money).transpose()?,
            discount_minor: self.discount_minor,
            products: all(self.products, hash)?,
        })
    }
}

impl RefundRecord {
    fn of(refund: &Refund) -> Self {
        let Refund { id, amount } = *refund;
        Self { id: id.to_le_bytes(), amount: MoneyRecord::of(amount) }
    }

    fn into_refund(self) -> Result<Refund, Flaw> {
        Ok(Refund { id: u32::from_le_bytes(self.id), amount: self.amount.into_money()? })
    }
}

// === impl OutcomeRecord, RecentRecord ===

impl OutcomeRecord {
    pub(super) fn of(outcome: &OutcomeSeen) -> Self {
        let OutcomeSeen { at, goal, id, value_milli } = *outcome;
        let (goal, id) = (goal.to_u32().to_le_bytes(), id.to_le_bytes());
        Self { at_ms: at.ms(), goal, id, value_milli }
    }

    pub(super) fn into_outcome(self) -> OutcomeSeen {
        OutcomeSeen {
            at: Timestamp::from_ms(self.at_ms),
            goal: GoalKey::from_u32(u32::from_le_bytes(self.goal)),
            id: u32::from_le_bytes(self.id),
            value_milli: self.value_milli,
        }
    }
}

impl RecentRecord {
    /// What is remembered by time, newest first, as of the last event.
    pub(super) fn list(entries: &[Recent], last_seen: Timestamp) -> Vec<Self> {
        let mut newer_ms = last_seen.ms();
        let record = |entry: &Recent| {
            let before_ms = newer_ms.wrapping_sub(entry.at().ms());
            newer_ms = entry.at().ms();
            let (key, id) = (entry.key().to_u32().to_le_bytes(), entry.id().to_le_bytes());
            Self { before_ms, key, id }
        };
        entries.iter().map(record).collect()
    }

    pub(super) fn into_entries(
        records: Vec<Self>,
        last_seen: Timestamp,
    ) -> Result<Tight<Recent>, Flaw> {
        let mut at_ms = last_seen.ms();
        let entries = all(records, |Self { before_ms, key, id }| {
            at_ms = at_ms.wrapping_sub(before_ms);
            let key = RecentKey::from_u32(u32::from_le_bytes(key));
            Ok(Recent::new(key, Timestamp::from_ms(at_ms), u16::from_le_bytes(id)))
        })?;
        if !entries.is_sorted_by(|newer, older| newer > older) {
            return Err(Flaw::Value("recent events out of order"));
        }
        Ok(entries)
    }
}
