//! A [`Change`] on disk.

use bincode::{BorrowDecode, Encode};
use model::{CellChange, CellShare, Change, Currency, RevenueShare, Steps};

use super::{campaign_key, split_bytes, split_of, variant_key};

#[derive(Encode, BorrowDecode)]
pub(super) struct StoredChange<'a> {
    customers: i8,
    customers_with_cart: i8,
    buyers: i8,
    cells: Vec<StoredCell<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct StoredCell<'a> {
    campaign: &'a str,
    before: Vec<StoredShare<'a>>,
    after: Option<StoredShare<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct StoredShare<'a> {
    variant: &'a str,
    split: [u8; 4],
    orders: u32,
    revenue: Vec<StoredRevenue<'a>>,
    outcomes: u32,
    value_milli: i64,
    steps: u8,
}

#[derive(Encode, BorrowDecode)]
struct StoredRevenue<'a> {
    currency: &'a str,
    minor: i64,
    orders: u32,
    before_minor: i64,
}

// === impl StoredChange ===

impl<'a> From<&'a Change> for StoredChange<'a> {
    fn from(change: &'a Change) -> Self {
        let Change { customers, customers_with_cart, buyers, cells } = change;
        Self {
            customers: *customers,
            customers_with_cart: *customers_with_cart,
            buyers: *buyers,
            cells: cells.iter().map(StoredCell::from).collect(),
        }
    }
}

impl StoredChange<'_> {
    pub(super) fn into_model(self) -> Result<Change, String> {
        Ok(Change {
            customers: self.customers,
            customers_with_cart: self.customers_with_cart,
            buyers: self.buyers,
            cells: self.cells.into_iter().map(StoredCell::into_model).collect::<Result<_, _>>()?,
        })
    }
}

// === impl StoredCell ===

impl<'a> From<&'a CellChange> for StoredCell<'a> {
    fn from(cell: &'a CellChange) -> Self {
        let CellChange { campaign, before, after } = cell;
        Self {
            campaign: campaign.as_str(),
            before: before.iter().map(StoredShare::from).collect(),
            after: after.as_ref().map(StoredShare::from),
        }
    }
}

impl StoredCell<'_> {
    fn into_model(self) -> Result<CellChange, String> {
        let before = self.before.into_iter();
        Ok(CellChange {
            campaign: campaign_key(self.campaign)?,
            before: before.map(StoredShare::into_model).collect::<Result<_, _>>()?,
            after: self.after.map(StoredShare::into_model).transpose()?,
        })
    }
}

// === impl StoredShare ===

impl<'a> From<&'a CellShare> for StoredShare<'a> {
    fn from(share: &'a CellShare) -> Self {
        let CellShare { variant, split, orders, revenue, outcomes, value_milli, steps } = share;
        Self {
            variant: variant.as_str(),
            split: split_bytes(*split),
            orders: *orders,
            revenue: revenue.iter().map(StoredRevenue::from).collect(),
            outcomes: *outcomes,
            value_milli: *value_milli,
            steps: steps.to_bits(),
        }
    }
}

impl StoredShare<'_> {
    fn into_model(self) -> Result<CellShare, String> {
        let revenue = self.revenue.into_iter();
        Ok(CellShare {
            variant: variant_key(self.variant)?,
            split: split_of(self.split),
            orders: self.orders,
            revenue: revenue.map(StoredRevenue::into_model).collect::<Result<_, _>>()?,
            outcomes: self.outcomes,
            value_milli: self.value_milli,
            steps: Steps::from_bits(self.steps).ok_or_else(|| "a step that is none".to_owned())?,
        })
    }
}

// === impl StoredRevenue ===

impl<'a> From<&'a RevenueShare> for StoredRevenue<'a> {
    fn from(share: &'a RevenueShare) -> Self {
        let RevenueShare { currency: _, minor, orders, before_minor } = *share;
        Self { currency: share.currency.code(), minor, orders, before_minor }
    }
}

impl StoredRevenue<'_> {
    fn into_model(self) -> Result<RevenueShare, String> {
        let currency = Currency::parse(self.currency).map_err(|error| error.to_string())?;
        let Self { currency: _, minor, orders, before_minor } = self;
        Ok(RevenueShare { currency, minor, orders, before_minor })
    }
}
