use std::sync::Arc;
use std::time::Duration;

use decision::Ledger;
use decision::limits::CONFIRM_WITHIN;
use journal::Journal;
use model::{CampaignKey, CustomerId, OfferKey, Redemption, TenantKey, Timestamp, VariantKey};
use profiles::Store;

use super::{Recorder, Redeemed};

const NOW: Timestamp = Timestamp::from_ms(1_769_884_200_000);

fn recorder(folder: &tempfile::TempDir) -> Recorder {
    let (journal, _) =
        Journal::open(&folder.path().join("journal"), journal::Config::default()).expect("opens");
    let config = profiles::Config::default();
    let (store, _) = Store::open(&folder.path().join("profiles"), config).expect("opens");
    Recorder::new(Arc::new(journal), Arc::new(store), Arc::new(Ledger::new(CONFIRM_WITHIN)))
}

fn redemption(at: Timestamp) -> Redemption {
    Redemption {
        token: 7,
        campaign: CampaignKey::parse("rescue").expect("valid"),
        variant: VariantKey::parse("treated").expect("valid"),
        offer: OfferKey::parse("twenty").expect("valid"),
        order_id: None,
        at,
    }
}

#[test]
fn a_token_is_redeemed_once_before_its_time_is_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = recorder(&folder);
    let tenant = TenantKey::parse("demo").expect("valid");
    let expires_at = NOW.plus(Duration::from_secs(60));
    let redeem = |at| {
        let redemption = redemption(at);
        let customer = CustomerId::from_u128(1);
        recorder.redemption(&tenant, customer, redemption, expires_at).expect("recorded")
    };
    assert_eq!(redeem(expires_at), Redeemed::Expired);
    assert_eq!(redeem(NOW), Redeemed::Now { lsn: 1 });
    let hour = Timestamp::parse("2026-01-31T18:00:00Z").expect("valid");
    assert_eq!(redeem(NOW), Redeemed::Before { lsn: 1, hour });
    assert_eq!(redeem(expires_at), Redeemed::Before { lsn: 1, hour }, "it tells what happened");
}
