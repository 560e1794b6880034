//! The golden cases beside a campaign: `cart-rescue.cases.toml` beside `cart-rescue.toml`.

use std::path::{Path, PathBuf};

use rules::cases::Case;
use rules::cel::Vocabulary;

use super::campaigns::{Judged, text_of};
use crate::plans::Complaint;

/// The file of a campaign's cases.
pub(super) fn file_of(campaign: &Path) -> PathBuf {
    campaign.with_extension("cases.toml")
}

/// The cases of a campaign; none when there is no such file.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn beside(
    campaign: &Path,
    vocabulary: &Vocabulary,
) -> anyhow::Result<Judged<Vec<Case>>> {
    let path = file_of(campaign);
    if !path.exists() {
        return Ok(Ok(Vec::new()));
    }
    let (file, text) = text_of(&path)?;
    let told = |mistakes: Vec<_>| mistakes.into_iter().map(Complaint::from).collect();
    Ok(rules::cases::read(&file, &text, vocabulary).map_err(told))
}
