use decision::{Confirmed, Hold, Image, Ledger};
use model::{CampaignKey, Currency, CustomerId, Money, TenantKey, Timestamp};

use super::{FILE_NAME, parse, restore, text, write};

fn image() -> Image {
    let eur = Currency::parse("EUR").expect("known");
    let hold = |customer, discount| Hold {
        customer: CustomerId::from_u128(customer),
        discount,
        until: Timestamp::from_ms(1_769_884_200_000),
    };
    Image {
        tenant: TenantKey::parse("demo").expect("valid"),
        campaign: CampaignKey::parse("rescue").expect("valid"),
        applied_lsn: 17,
        confirmed: Confirmed { shows: 3, discounts: vec![(eur, 1_500)] },
        held: vec![hold(1, Some(Money::from_minor(500, eur))), hold(2, None)],
        released: vec![hold(3, None)],
    }
}

#[test]
fn a_ledger_is_restored_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), 42, &[image()]).expect("written");
    let ledger = Ledger::new(decision::limits::CONFIRM_WITHIN);
    assert_eq!(restore(folder.path(), &ledger).expect("read"), 42);
    assert_eq!(ledger.images(), [image()]);
}

#[test]
fn without_a_file_all_of_the_journal_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = Ledger::new(decision::limits::CONFIRM_WITHIN);
    assert_eq!(restore(folder.path(), &ledger).expect("none"), 0);
    assert_eq!(ledger.images(), []);
}

#[test]
fn a_damaged_file_stops_the_start_and_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bytes = text(42, &[image()]);
    let place = bytes.iter().position(|&byte| byte == b'3').expect("a digit");
    bytes[place] = b'4';
    std::fs::write(folder.path().join(FILE_NAME), &bytes).expect("written");
    let ledger = Ledger::new(decision::limits::CONFIRM_WITHIN);
    let told = restore(folder.path(), &ledger).expect_err("damaged").to_string();
    assert!(told.contains("checksum") && told.contains("move it away"), "{told}");
}

#[test]
fn a_file_that_ends_too_soon_or_too_late_is_damaged() {
    let whole = text(42, &[image()]);
    assert!(parse(&whole).is_ok());
    for length in 0..whole.len() {
        assert!(parse(&whole[..length]).is_err(), "{length} bytes");
    }
    assert!(parse(&[&whole[..], b"\n"].concat()).is_err());
}
