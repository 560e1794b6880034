//! The only randomness that a plugin has.
//!
//! It is no argument of a decision but follows from it: the same customer, campaign and time give the
//! same numbers, so a replay decides as the original did, and no two campaigns see the same number. It
//! is SipHash 1-3 with a key that is in this file: it is meant to be spread evenly, not to be secret. It
//! is not the assignment to a variant, which stays the same over time.

use std::hash::Hasher;

use model::{CampaignKey, CustomerId, Timestamp};
use siphasher::sip::SipHasher13;

/// 64 bits for one customer, campaign and time.
pub(crate) fn seed(customer: CustomerId, campaign: &CampaignKey, now: Timestamp) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x7669_7472_696e_6521, 0x7365_6564_2d31_2e30);
    hasher.write(&customer.to_u128().to_le_bytes());
    hasher.write(&now.ms().to_le_bytes());
    hasher.write(campaign.as_str().as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use model::{CampaignKey, CustomerId, Timestamp};

    use super::seed;

    #[test]
    fn a_seed_belongs_to_one_customer_campaign_and_time_and_never_changes() {
        let of = |customer, campaign, ms| {
            let campaign = CampaignKey::parse(campaign).expect("valid");
            seed(CustomerId::from_u128(customer), &campaign, Timestamp::from_ms(ms))
        };
        let one = of(7, "cart-rescue", 1_000);
        assert_eq!(one, of(7, "cart-rescue", 1_000));
        for other in
            [of(8, "cart-rescue", 1_000), of(7, "cart", 1_000), of(7, "cart-rescue", 1_001)]
        {
            assert_ne!(one, other);
        }
        assert_eq!(one, 10_839_314_038_344_736_025, "computed once; a replay must find the same");
    }
}
