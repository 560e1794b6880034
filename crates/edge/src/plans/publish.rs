//! Bringing a plan into force, or not.
//!
//! ```text
//!  the tenant's turn -> the same as in force? done
//!                    -> build -> record the version -> swap -> tell
//! ```
//!
//! Nothing is changed before everything that can fail has succeeded. Publications of one tenant come one
//! after the other; page views and whoever asks how it stands never wait for them.

use std::sync::{Arc, MutexGuard, PoisonError};

use decision::Plan;
use model::TenantKey;

use super::build::Built;
use super::bundle::Bundle;
use super::canary::{Outcome, Trial};
use super::complaint::Complaint;
use super::error::PlansError;
use super::folder;
use super::versions::{Failed, Source, Version};
use super::{Plans, Refusal, Slot, Standing, Turn};
use crate::upkeep::chain;

/// What came of a publication.
#[derive(Clone, Debug)]
pub(crate) struct Publication {
    /// What is in force; what would be, of a plan that is only tried.
    pub(crate) version: Version,
    /// Whether it is new; if not, the same was in force already.
    pub(crate) changed: bool,
    /// What came of trying it; nothing for what was in force already.
    pub(crate) canary: Outcome,
}

/// Whether a plan is to come into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Yes, if it is good.
    Publish,
    /// No, it is only checked and tried.
    DryRun,
}

// === impl Plans ===

impl Plans {
    /// Puts the last good plan of a tenant in force, and then what the folder has, if that is news.
    pub(super) fn begin(&self, tenant: &TenantKey, slot: &Slot) -> Result<(), PlansError> {
        let read = folder::read(&self.folder_of(tenant)).transpose();
        let recorded = self.versions.of(tenant);
        let is_news = |bundle: &Bundle| !recorded.knows_folder(bundle.sha256());
        let news = read.as_ref().is_some_and(|read| read.as_ref().map_or(true, is_news));
        if let Some(version) = recorded.in_force() {
            let same = |bundle: &&Bundle| **bundle.sha256() == *version.sha256;
            let there = read.as_ref().and_then(|read| read.as_ref().ok()).filter(same);
            match self.take_up(tenant, slot, version, there) {
                Err(error) if news => {
                    tracing::error!(%tenant, error = %chain(&error), "the last plan is lost");
                }
                taken => taken?,
            }
        }
        match read {
            Some(read) if news => match self.offer(tenant, slot, read) {
                Err(_) if slot.plan.load().is_some() => {}
                offered => offered?,
            },
            _ => {}
        }
        if slot.plan.load().is_none() {
            let folder = self.folder_of(tenant);
            tracing::warn!(%tenant, folder = %folder.display(), "the tenant has no campaigns");
        }
        Ok(())
    }

    /// Puts a version in force that was in force before the restart. `there` is its source, if it is at
    /// hand.
    fn take_up(
        &self,
        tenant: &TenantKey,
        slot: &Slot,
        version: &Version,
        there: Option<&Bundle>,
    ) -> Result<(), PlansError> {
        let bundle = match there {
            Some(bundle) => bundle.clone(),
            None => self.versions.source(tenant, version)?,
        };
        let built = Built::new(&bundle, slot.currency, &self.host)?;
        let plan = built.plan(version.version, tenant)?;
        self.swap(slot, plan, version.clone());
        Ok(())
    }

    /// Takes what a folder has now, if that is news.
    ///
    /// What could not be read, built or recorded for another reason than what it says is news again.
    ///
    /// # Errors
    /// When it does not come into force, which is told already; what is in force stays.
    pub(super) fn offer(
        &self,
        tenant: &TenantKey,
        slot: &Slot,
        read: Result<Bundle, PlansError>,
    ) -> Result<(), PlansError> {
        let mut turn = slot.turn();
        let offered = read.and_then(|bundle| {
            let seen = turn.folder.replace(Arc::clone(bundle.sha256()));
            if self.versions.of(tenant).knows_folder(bundle.sha256()) {
                self.forget_refused_folder(tenant, slot);
                return Ok(());
            }
            if seen.as_ref() == Some(bundle.sha256()) {
                return Ok(());
            }
            self.refuse_what_failed(tenant, slot, &bundle)?;
            let purpose = Purpose::Publish;
            let brought = self.bring(tenant, slot, &turn, &bundle, Source::Folder, purpose);
            match &brought {
                Err(PlansError::Refused { complaints, canary: Some(_) }) => {
                    let why: Vec<String> = complaints.iter().map(ToString::to_string).collect();
                    let sha256 = bundle.sha256().as_ref().into();
                    let failed = Failed { sha256, why: why.join("; ").into() };
                    // The refusal is what has to be told, whatever becomes of its record.
                    if let Err(error) = self.versions.fail(tenant, failed) {
                        tracing::error!(
                            %tenant,
                            error = %chain(&error),
                            "a plan that failed is not recorded: a restart would try it again"
                        );
                    }
                }
                Ok(_) | Err(PlansError::Refused { .. }) => {}
                Err(_) => turn.folder = seen,
            }
            brought.map(drop)
        });
        offered.inspect_err(|error| self.refuse(tenant, slot, Source::Folder, error))
    }

    /// Refuses a folder that failed when it was tried before a restart, for what it failed on is forgotten.
    fn refuse_what_failed(
        &self,
        tenant: &TenantKey,
        slot: &Slot,
        bundle: &Bundle,
    ) -> Result<(), PlansError> {
        let recorded = self.versions.of(tenant);
        match recorded.failed_folder(bundle.sha256()) {
            Some(failed) if slot.plan.load().is_some() => {
                let message = format!("it failed when it was tried: {}", failed.why);
                let folder = self.folder_of(tenant).display().to_string();
                let help = "change it, or try it again with `vitrine publish`";
                Err(Complaint::file(&folder, &message, help).into())
            }
            _ => Ok(()),
        }
    }

    /// Publishes a bundle that came over the control plane.
    ///
    /// # Errors
    /// When it is wrong or cannot be recorded; what is in force stays.
    pub(crate) fn publish(
        &self,
        tenant: &TenantKey,
        bundle: &Bundle,
        purpose: Purpose,
    ) -> Result<Publication, PlansError> {
        let slot = self.slot(tenant)?;
        let turn = self.turn_with_folder(tenant, slot);
        let published = self.bring(tenant, slot, &turn, bundle, Source::Api, purpose);
        if let (Err(error), Purpose::Publish) = (&published, purpose) {
            self.refuse(tenant, slot, Source::Api, error);
        }
        published
    }

    /// Puts an earlier version in force again, under a number of its own.
    ///
    /// # Errors
    /// When the version is not kept, or its source is damaged or cannot be built any more; what is in
    /// force stays.
    pub(crate) fn roll_back(
        &self,
        tenant: &TenantKey,
        version: u64,
    ) -> Result<Publication, PlansError> {
        let slot = self.slot(tenant)?;
        let turn = self.turn_with_folder(tenant, slot);
        let recorded = self.versions.of(tenant);
        let known = || recorded.kept().map(|kept| kept.version).collect();
        let kept = recorded.kept().find(|kept| kept.version == version);
        let kept = kept.ok_or_else(|| PlansError::UnknownVersion { version, known: known() })?;
        let bundle = self.versions.source(tenant, kept)?;
        let (source, purpose) = (Source::Rollback(version), Purpose::Publish);
        self.bring(tenant, slot, &turn, &bundle, source, purpose)
    }

    /// The tenant's turn, with the folder as it is now: what is published is later than that.
    fn turn_with_folder<'s>(&self, tenant: &TenantKey, slot: &'s Slot) -> MutexGuard<'s, Turn> {
        let mut turn = slot.turn();
        // A folder that cannot be read is no change that somebody could mean.
        if let Ok(Some(bundle)) = folder::read(&self.folder_of(tenant)) {
            turn.folder = Some(Arc::clone(bundle.sha256()));
        }
        turn
    }

    /// Brings a bundle into force.
    fn bring(
        &self,
        tenant: &TenantKey,
        slot: &Slot,
        turn: &Turn,
        bundle: &Bundle,
        source: Source,
        purpose: Purpose,
    ) -> Result<Publication, PlansError> {
        let in_force = slot.standing.load().in_force.clone();
        if let Some(version) = in_force.filter(|it| *it.sha256 == **bundle.sha256()) {
            if purpose == Purpose::Publish {
                turn.folder.as_ref().map_or(Ok(()), |it| self.versions.settle(tenant, it))?;
                self.stand(slot, tenant, version.clone());
            }
            return Ok(Publication { version, changed: false, canary: Outcome::default() });
        }
        let version = Version {
            version: self.versions.of(tenant).next(),
            sha256: bundle.sha256().as_ref().into(),
            published_at_ms: self.clock.now().ms(),
            source,
        };
        let built = Built::new(bundle, slot.currency, &self.host)?;
        let plan = built.plan(version.version, tenant)?;
        let canary = self.try_out(tenant, slot, &built, source)?;
        if purpose == Purpose::Publish {
            let folder = turn.folder.as_deref().map(Box::from);
            self.versions.record(tenant, version.clone(), bundle, folder)?;
            self.metrics.published(tenant);
            self.swap(slot, plan, version.clone());
        }
        Ok(Publication { version, changed: true, canary })
    }

    /// Tries a plan. Where there is none to fall back to, or it was in force before, it is taken however
    /// that goes: a campaign that fails offers nothing and disturbs no other.
    fn try_out(
        &self,
        tenant: &TenantKey,
        slot: &Slot,
        built: &Built,
        source: Source,
    ) -> Result<Outcome, PlansError> {
        let recorded = slot.cases.all();
        let trial = Trial { tenant, currency: slot.currency, recorded: &recorded };
        let outcome = trial.run(built, self.clock)?;
        let complaints = outcome.complaints();
        if complaints.is_empty() {
            return Ok(outcome);
        }
        let may_refuse = match source {
            Source::Folder => slot.plan.load().is_some(),
            Source::Api => true,
            Source::Rollback(_) => false,
        };
        if may_refuse {
            return Err(PlansError::Refused { complaints, canary: Some(Box::new(outcome)) });
        }
        for complaint in complaints {
            tracing::warn!(%tenant, %complaint, "a campaign fails when it is tried");
        }
        Ok(outcome)
    }

    /// The one step in which a plan takes the place of another.
    fn swap(&self, slot: &Slot, plan: Plan, version: Version) {
        let tenant = plan.tenant().clone();
        let campaigns = plan.campaigns().len();
        slot.plan.store(Some(Arc::new(plan)));
        tracing::info!(%tenant, version = version.version, campaigns, "plan in force");
        self.stand(slot, &tenant, version);
    }

    /// Notes that a version is in force and nothing is wrong.
    fn stand(&self, slot: &Slot, tenant: &TenantKey, version: Version) {
        self.metrics.in_force(tenant, version.version, version.published_at());
        slot.standing.store(Arc::new(Standing { in_force: Some(version), refused: None }));
    }

    /// Tells of a plan that does not come into force.
    fn refuse(&self, tenant: &TenantKey, slot: &Slot, source: Source, error: &PlansError) {
        tracing::error!(%tenant, ?source, error = %chain(error), "plan refused; the last good one stays");
        self.metrics.refused(tenant);
        let canary = match error {
            PlansError::Refused { canary, .. } => canary.as_deref().cloned(),
            _ => None,
        };
        let complaints = error.complaints();
        let refused = Refusal { at: self.clock.now(), source, complaints, canary };
        let in_force = slot.standing.load().in_force.clone();
        slot.standing.store(Arc::new(Standing { in_force, refused: Some(Arc::new(refused)) }));
    }

    /// A folder that was refused is again as it was when all was well.
    fn forget_refused_folder(&self, tenant: &TenantKey, slot: &Slot) {
        let standing = slot.standing.load();
        let refused = standing.refused.as_ref().map(|refused| refused.source);
        if let (Some(Source::Folder), Some(version)) = (refused, standing.in_force.clone()) {
            self.stand(slot, tenant, version);
        }
    }
}

// === impl Slot ===

impl Slot {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
