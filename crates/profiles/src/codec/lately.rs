//! What version 3 of a profile's row has behind the record of version 2.
//!
//! A row of version 2 knows nothing of events by their time: what it has is that everything up to its
//! last event is forgotten, and that no order tells its products.

use bincode::{BorrowDecode, Encode};
use model::{OrderSeen, ProductHash, Profile, Recent, RecentKey, Timestamp};

use super::Flaw;

/// The second record. Field order is the format.
#[derive(Encode, BorrowDecode)]
pub(super) struct LatelyRecord {
    recent: Vec<RecentRecord>,
    /// The products of each order, in the order of the orders.
    products: Vec<Vec<[u8; 4]>>,
}

#[derive(Encode, BorrowDecode)]
struct RecentRecord {
    /// How much earlier than the entry before; the first counts from the last event.
    before_ms: i64,
    key: [u8; 4],
    id: [u8; 2],
}

// === impl LatelyRecord ===

impl LatelyRecord {
    pub(super) fn of(profile: &Profile) -> Self {
        let mut newer_ms = profile.last_seen.ms();
        let recent = profile.recent.iter().map(|entry| {
            let before_ms = newer_ms.wrapping_sub(entry.at().ms());
            newer_ms = entry.at().ms();
            let (key, id) = (entry.key().to_u32().to_le_bytes(), entry.id().to_le_bytes());
            RecentRecord { before_ms, key, id }
        });
        let recent = recent.collect();
        let bytes = |hash: &ProductHash| hash.to_u32().to_le_bytes();
        let of_order = |order: &OrderSeen| order.products.iter().map(bytes).collect();
        Self { recent, products: profile.orders.iter().map(of_order).collect() }
    }

    /// Adds what the record tells to the profile that the first record made.
    pub(super) fn complete(self, profile: &mut Profile) -> Result<(), Flaw> {
        if self.products.len() != profile.orders.len() {
            return Err(Flaw::Value("products of other orders"));
        }
        profile.recent.reserve_exact(self.recent.len());
        let mut at_ms = profile.last_seen.ms();
        for RecentRecord { before_ms, key, id } in self.recent {
            at_ms = at_ms.wrapping_sub(before_ms);
            let key = RecentKey::from_u32(u32::from_le_bytes(key));
            let entry = Recent::new(key, Timestamp::from_ms(at_ms), u16::from_le_bytes(id));
            profile.recent.push(entry);
        }
        if !profile.recent.is_sorted_by(|newer, older| newer > older) {
            return Err(Flaw::Value("recent events out of order"));
        }
        for (order, products) in profile.orders.iter_mut().zip(self.products) {
            let hash = |bytes: &[u8; 4]| ProductHash::from_u32(u32::from_le_bytes(*bytes));
            order.products = products.iter().map(hash).collect();
        }
        Ok(())
    }
}

/// Makes up for a row of version 2, which has no such record.
pub(super) fn forget(profile: &mut Profile) {
    profile.recent = vec![Recent::new(RecentKey::FORGOTTEN, profile.last_seen, 0)];
}
