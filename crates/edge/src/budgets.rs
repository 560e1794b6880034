//! How budgets survive: a record of the ledger beside the checkpoint, and the journal after it.
//!
//! # Format
//!
//! `budgets.json` is two lines of text, each ended by a line feed, and nothing after them:
//!
//! ```text
//! {"format":"vitrine-budgets","version":1,"covered_lsn":1234,"campaigns":[{...}]}
//! crc32 1a2b3c4d
//! ```
//!
//! `covered_lsn` is the journal position up to which everything is in the campaigns. One of them has
//! `tenant`, `campaign`, `applied_lsn`, `shows` and `discounts` (what was confirmed), and `held` and
//! `released`: lists of customer, confirm-until in milliseconds since 1970, and the discount, each a
//! list of minor units and currency or null. The second line is the CRC-32 of the first without its line
//! feed.
//!
//! The file is written whole and renamed, after the journal is durable up to all that is in it. A damaged
//! one stops the start: budgets that begin anew would be spent twice.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use decision::{Confirmed, Hold, Image, Ledger};
use flate2::Crc;
use model::{CampaignKey, Currency, CustomerId, Money, TenantKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits::BUDGETS_FILE_BYTES_MAX;

/// The file within the data folder.
pub(crate) const FILE_NAME: &str = "budgets.json";

/// What is wrong with the record of budgets.
#[derive(Debug, thiserror::Error)]
pub enum BudgetsError {
    /// The disk or its permissions.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is not what this program wrote.
    #[error(
        "{} is damaged: {detail}; restore it from a backup, or move it away to count budgets from what \
         is left of the journal. It has been left as it is",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    version: u32,
    covered_lsn: u64,
    campaigns: Vec<StoredCampaign>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCampaign {
    tenant: String,
    campaign: String,
    applied_lsn: u64,
    shows: u64,
    discounts: Vec<(i64, String)>,
    held: Vec<StoredHold>,
    released: Vec<StoredHold>,
}

/// Customer, confirm-until, discount.
#[derive(Serialize, Deserialize)]
struct StoredHold(String, i64, Option<(i64, String)>);

const FORMAT: &str = "vitrine-budgets";
const VERSION: u32 = 1;

/// Fills an empty ledger from the file in a folder; gives the position that it covers, 0 when there is
/// no file.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub(crate) fn restore(folder: &Path, ledger: &Ledger) -> Result<u64, BudgetsError> {
    let path = folder.join(FILE_NAME);
    let failed = |source| BudgetsError::Io { action: "read", path: path.clone(), source };
    match fs::metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed(error)),
        Ok(found) if found.len() > BUDGETS_FILE_BYTES_MAX => {
            let detail = format!("{} bytes are too many", found.len());
            return Err(BudgetsError::Damaged { path, detail });
        }
        Ok(_) => {}
    }
    let text = fs::read(&path).map_err(failed)?;
    let stored = parse(&text).map_err(|detail| BudgetsError::Damaged { path, detail })?;
    for image in stored.1 {
        ledger.restore(image);
    }
    Ok(stored.0)
}

/// Writes a ledger to its file, as covering the journal up to `covered_lsn`, which was noted before the
/// images were taken.
///
/// # Errors
/// When it cannot be written; the file is then as it was.
pub(crate) fn write(folder: &Path, covered_lsn: u64, images: &[Image]) -> Result<(), BudgetsError> {
    let path = folder.join(FILE_NAME);
    crate::files::replace(&path, &text(covered_lsn, images)).map_err(|source| BudgetsError::Io {
        action: "write",
        path,
        source,
    })
}

fn text(covered_lsn: u64, images: &[Image]) -> Vec<u8> {
    let stored = Stored {
        format: FORMAT.to_owned(),
        version: VERSION,
        covered_lsn,
        campaigns: images.iter().map(StoredCampaign::from).collect(),
    };
    let mut text = serde_json::to_vec(&stored).expect("text and numbers are JSON");
    let seal = format!("\ncrc32 {:08x}\n", crc(&text));
    text.extend_from_slice(seal.as_bytes());
    text
}

/// Reads what [`text`] wrote; the text of an error says what is wrong.
fn parse(text: &[u8]) -> Result<(u64, Vec<Image>), String> {
    let line = text.iter().position(|&byte| byte == b'\n').ok_or("it has no second line")?;
    let (line, seal) = text.split_at(line);
    if seal != format!("\ncrc32 {:08x}\n", crc(line)).as_bytes() {
        return Err("its checksum is wrong".to_owned());
    }
    let stored: Stored = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if stored.format != FORMAT || stored.version != VERSION {
        return Err(format!("it is {} of version {}", stored.format, stored.version));
    }
    let images = stored.campaigns.into_iter().map(StoredCampaign::into_image);
    Ok((stored.covered_lsn, images.collect::<Result<_, _>>()?))
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn stored_money((currency, minor): &(Currency, i64)) -> (i64, String) {
    (*minor, currency.code().to_owned())
}

fn currency(code: &str) -> Result<Currency, String> {
    Currency::parse(code).map_err(|error| error.to_string())
}

// === impl StoredCampaign ===

impl From<&Image> for StoredCampaign {
    fn from(image: &Image) -> Self {
        let Image { tenant, campaign, applied_lsn, confirmed, held, released } = image;
        let Confirmed { shows, discounts } = confirmed;
        Self {
            tenant: tenant.as_str().to_owned(),
            campaign: campaign.as_str().to_owned(),
            applied_lsn: *applied_lsn,
            shows: *shows,
            discounts: discounts.iter().map(stored_money).collect(),
            held: held.iter().map(StoredHold::from).collect(),
            released: released.iter().map(StoredHold::from).collect(),
        }
    }
}

impl StoredCampaign {
    fn into_image(self) -> Result<Image, String> {
        let holds = |stored: Vec<StoredHold>| {
            let holds = stored.into_iter().map(StoredHold::into_hold);
            holds.collect::<Result<Vec<_>, _>>()
        };
        let sum = |(minor, code): (i64, String)| Ok((currency(&code)?, minor));
        let discounts = self.discounts.into_iter().map(sum).collect::<Result<_, String>>()?;
        Ok(Image {
            tenant: TenantKey::parse(&self.tenant).map_err(|error| error.to_string())?,
            campaign: CampaignKey::parse(&self.campaign).map_err(|error| error.to_string())?,
            applied_lsn: self.applied_lsn,
            confirmed: Confirmed { shows: self.shows, discounts },
            held: holds(self.held)?,
            released: holds(self.released)?,
        })
    }
}

// === impl StoredHold ===

impl From<&Hold> for StoredHold {
    fn from(hold: &Hold) -> Self {
        let Hold { customer, discount, until } = hold;
        let money = |money: &Money| stored_money(&(money.currency, money.minor));
        Self(customer.to_string(), until.ms(), discount.as_ref().map(money))
    }
}

impl StoredHold {
    fn into_hold(self) -> Result<Hold, String> {
        let Self(customer, until_ms, discount) = self;
        let money = |(minor, code): (i64, String)| Ok(Money::from_minor(minor, currency(&code)?));
        Ok(Hold {
            customer: CustomerId::parse(&customer).ok_or("a customer's id is none")?,
            until: Timestamp::from_ms(until_ms),
            discount: discount.map(money).transpose().map_err(|error: String| error)?,
        })
    }
}

#[cfg(test)]
mod tests;
