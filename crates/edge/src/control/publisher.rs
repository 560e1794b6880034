//! Publishing, as the control plane asks for it: from words of `plans` to words of `console`.

use console::{
    Canary, Diagnostic, NotPublished, Publication, Publisher, Purpose, Rejection, Standing, Version,
};
use model::TenantKey;

use super::Control;
use crate::plans::{self, Bundle, BundleError, Complaint, PlansError, Source};

impl Publisher for Control {
    fn standing(&self, tenant: &TenantKey) -> Standing {
        let standing = self.service.plans.standing(tenant);
        let refused = standing.refused.map(|refused| Rejection {
            at: refused.at,
            source: source_of(refused.source),
            diagnostics: refused.complaints.iter().map(diagnostic_of).collect(),
            canary: refused.canary.as_ref().map(canary_of),
        });
        Standing { in_force: standing.in_force.as_ref().map(version_of), refused }
    }

    fn versions(&self, tenant: &TenantKey) -> Vec<Version> {
        self.service.plans.kept(tenant).iter().map(version_of).collect()
    }

    fn publish(
        &self,
        tenant: &TenantKey,
        bundle: &[u8],
        purpose: Purpose,
    ) -> Result<Publication, NotPublished> {
        let purpose = match purpose {
            Purpose::Publish => plans::Purpose::Publish,
            Purpose::DryRun => plans::Purpose::DryRun,
        };
        let published = match Bundle::from_json(bundle) {
            Err(BundleError::Malformed(error)) => {
                return Err(NotPublished::Malformed(error.to_string()));
            }
            Err(BundleError::Unfit(complaints)) => Err(complaints.into()),
            Ok(bundle) => self.service.plans.publish(tenant, &bundle, purpose),
        };
        published.map(publication_of).map_err(|error| self.not_published(error, Source::Api))
    }

    fn roll_back(&self, tenant: &TenantKey, version: u64) -> Result<Publication, NotPublished> {
        let published = self.service.plans.roll_back(tenant, version);
        let source = Source::Rollback(version);
        published.map(publication_of).map_err(|error| self.not_published(error, source))
    }
}

// === impl Control ===

impl Control {
    fn not_published(&self, error: PlansError, source: Source) -> NotPublished {
        match error {
            PlansError::UnknownVersion { known, .. } => NotPublished::UnknownVersion { known },
            PlansError::Refused { complaints, canary } => NotPublished::Refused(Rejection {
                at: self.service.clock.now(),
                source: source_of(source),
                diagnostics: complaints.iter().map(diagnostic_of).collect(),
                canary: canary.as_deref().map(canary_of),
            }),
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "no plan is published");
                NotPublished::Failed
            }
        }
    }
}

fn publication_of(publication: plans::Publication) -> Publication {
    let plans::Publication { version, changed, canary } = publication;
    Publication { version: version_of(&version), changed, canary: canary_of(&canary) }
}

fn version_of(version: &plans::Version) -> Version {
    Version {
        version: version.version,
        sha256: version.sha256.to_string(),
        published_at: version.published_at(),
        source: source_of(version.source),
    }
}

fn source_of(source: Source) -> String {
    match source {
        Source::Folder => "folder".to_owned(),
        Source::Api => "api".to_owned(),
        Source::Rollback(version) => format!("rollback to {version}"),
    }
}

fn diagnostic_of(complaint: &Complaint) -> Diagnostic {
    let rendered = complaint.to_string();
    match complaint {
        Complaint::Written(it) => Diagnostic {
            file: it.file.to_string(),
            place: Some((it.line, it.column)),
            message: it.message.to_string(),
            help: it.help.to_string(),
            rendered,
        },
        Complaint::File { file, message, help } => Diagnostic {
            file: file.to_string(),
            place: None,
            message: message.to_string(),
            help: help.to_string(),
            rendered,
        },
    }
}

fn canary_of(outcome: &plans::Outcome) -> Canary {
    let faulty = outcome.faulty.iter().map(|it| console::Faulty {
        campaign: it.campaign.to_string(),
        asked: it.asked,
        faults: it
            .faults
            .iter()
            .map(|(kind, (count, _))| (kind.as_str().to_owned(), *count))
            .collect(),
    });
    Canary {
        recorded: outcome.recorded,
        synthetic: outcome.synthetic,
        asked: outcome.asked,
        cut_short: outcome.cut_short,
        faulty: faulty.collect(),
    }
}
