//! The composition root: everything that a running server consists of, started in order and stopped
//! in the reverse order.
//!
//! ```text
//! start   lock and open the journal, open the checkpoint, replay what the checkpoint does not cover,
//!         follow the journal with the live figures and the tables, compile the plans, listen
//! run     data plane, control plane, upkeep
//! drain   not ready, stop listening, answer what is in flight, last checkpoint, close the journal
//! ```

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use analytics::{AnalyticsError, Design, Exporter, Follower, Live, Report};
use arc_swap::ArcSwap;
use console::Readiness;
use decision::Ledger;
use journal::Journal;
use model::{CampaignKey, TenantKey};
use profiles::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config::Config;
use crate::control::Control;
use crate::demo::Demo;
use crate::keys::{KeyRing, derived_key};
use crate::limits::SANDBOXES_MAX;
use crate::metrics::{BudgetsOnScrape, Metrics, Parts, ReadOnScrape};
use crate::plans::{Plans, Setting, Watch};
use crate::record::Recorder;
use crate::seal::Seal;
use crate::tenants::Tenants;
use crate::upkeep::{Upkeep, chain};
use crate::{ofrep, token};

mod error;
pub(crate) mod recovery;

pub use error::StartError;

/// What the key is derived for by which page views get their decisions' names.
const DECISIONS: &[u8] = b"decision names";

/// What every request handler works with.
pub(crate) struct Service {
    pub(crate) clock: Clock,
    pub(crate) tenants: Tenants,
    pub(crate) keys: ArcSwap<KeyRing>,
    pub(crate) plans: Arc<Plans>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) recorder: Recorder,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) token_seal: Seal,
    pub(crate) tag_seal: Seal,
    pub(crate) decision_seal: Seal,
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Metrics,
    pub(crate) readiness: Readiness,
    /// What is served at `/demo`; `None` outside of a demonstration.
    pub(crate) demo: Option<Demo>,
}

/// How the server's plugins are compiled.
pub enum PluginCompiler {
    /// In a child process of this program, as plugins from outside must be.
    Child,
    /// In this process, where all plugins are this program's own.
    InProcess,
}

/// A server that runs.
pub struct Running {
    service: Arc<Service>,
    public: SocketAddr,
    control: SocketAddr,
    stop: watch::Sender<bool>,
    data_plane: JoinHandle<bool>,
    control_plane: JoinHandle<()>,
    upkeep: Upkeep,
    watch: Watch,
    followers: Followers,
}

/// Who reads the journal beside the serving path.
pub(crate) struct Followers {
    pub(crate) figures: Arc<Follower>,
    /// `None` when no tables are written.
    pub(crate) tables: Option<Arc<Exporter>>,
}

// === impl Service ===

impl Service {
    /// The report of a campaign, as a table for people.
    pub(crate) fn report_table(
        &self,
        tenant: &TenantKey,
        campaign: &CampaignKey,
    ) -> Result<String, AnalyticsError> {
        let plan = self.plans.of(tenant);
        let campaigns = plan.iter().flat_map(|plan| plan.campaigns());
        let designs: Vec<_> = campaigns.map(|planned| Design::from(&planned.campaign)).collect();
        Ok(Report::of(&self.live, tenant, campaign.as_str(), &designs)?.to_table())
    }
}

// === impl Running ===

impl Running {
    /// Starts a server and returns when it is ready to answer.
    ///
    /// # Errors
    /// When a part cannot start; nothing is left running then, and no file was overwritten.
    pub async fn start(
        mut config: Config,
        compiler: PluginCompiler,
        demo: Option<Demo>,
    ) -> Result<Self, StartError> {
        // What is known of customers is nobody else's business on this machine.
        let mut folder = DirBuilder::new();
        folder
            .recursive(true)
            .mode(0o700)
            .create(&config.data)
            .map_err(|source| StartError::DataFolder { path: config.data.clone(), source })?;
        let (journal, recovery) =
            Journal::open(&config.data.join("journal"), recovery::journal_config(&config))?;
        let journal = Arc::new(journal);
        tracing::info!(?recovery, "journal open");
        let store_config = profiles::Config {
            hot_bytes_max: config.memory.profile_bytes(),
            ..profiles::Config::default()
        };
        let (store, opened) = Store::open(&config.data.join("profiles"), store_config)?;
        let (ledger, covered) = recovery::ledger(&config, opened.covered_lsn)?;
        let replayed = recovery::replay(&journal, &store, &ledger, covered)?;
        tracing::info!(
            profiles = opened.profiles,
            covered_lsn = opened.covered_lsn,
            replayed,
            "profiles open"
        );
        let followers = Followers::start(&journal, &config)?;
        let keys = KeyRing::load(&config.data)?;
        let tenants = Tenants::new(std::mem::take(&mut config.tenants));
        let host = plugin_host(&config.data, compiler)?;
        let metrics = Metrics::new();
        let setting = Setting { rules: &config.rules, data: &config.data, host: &host };
        let plans = Plans::start(setting, metrics.plans.clone(), tenants.currencies())?;
        let listen = |address| async move {
            TcpListener::bind(address)
                .await
                .map_err(|source| StartError::Listen { address, source })
        };
        let public = listen(config.listen.public).await?;
        let control = listen(config.listen.control).await?;
        let store = Arc::new(store);
        let parts = Parts {
            journal: Arc::clone(&journal),
            store: Arc::clone(&store),
            follower: Arc::clone(&followers.figures),
            exporter: followers.tables.clone(),
            host: host.clone(),
        };
        ReadOnScrape::register(&metrics.registry, parts);
        let recorder = Recorder::new(Arc::clone(&journal), Arc::clone(&store), Arc::clone(&ledger));
        let seal_for = |purpose| derived_key(&config.data, purpose).map(|key| Seal::new(&key));
        let service = Arc::new(Service {
            clock: Clock,
            tenants,
            keys: ArcSwap::from_pointee(keys),
            plans: Arc::new(plans),
            recorder,
            ledger,
            token_seal: seal_for(token::PURPOSE)?,
            tag_seal: seal_for(ofrep::TAG_PURPOSE)?,
            decision_seal: seal_for(DECISIONS)?,
            journal,
            live: Arc::clone(followers.figures.live()),
            metrics,
            readiness: Readiness::default(),
            demo,
        });
        BudgetsOnScrape::register(&service);
        let upkeep = Upkeep::start(&config, &service, store, &followers)?;
        let watch = Watch::start(Arc::clone(&service.plans)).map_err(StartError::Thread)?;
        Self::run(service, (public, control), host, (upkeep, watch), followers)
    }

    fn run(
        service: Arc<Service>,
        (public, control): (TcpListener, TcpListener),
        host: plugins::Host,
        (upkeep, watch): (Upkeep, Watch),
        followers: Followers,
    ) -> Result<Self, StartError> {
        let (stop, stopped) = watch::channel(false);
        let until = |mut stopped: watch::Receiver<bool>| async move {
            // An error means that the sender is gone, which is a stop too.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let address = |listener: &TcpListener| {
            let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
            listener.local_addr().map_err(|source| StartError::Listen { address: unknown, source })
        };
        let (public_address, control_address) = (address(&public)?, address(&control)?);
        let state = Control::state(&service, host);
        let control_plane = tokio::spawn(console::serve(control, state, until(stopped.clone())));
        let data_plane =
            tokio::spawn(crate::server::serve(public, Arc::clone(&service), until(stopped)));
        Ok(Self {
            service,
            public: public_address,
            control: control_address,
            stop,
            data_plane,
            control_plane,
            upkeep,
            watch,
            followers,
        })
    }

    /// Where the data plane listens.
    pub const fn public(&self) -> SocketAddr {
        self.public
    }

    /// Where the control plane listens.
    pub const fn control(&self) -> SocketAddr {
        self.control
    }

    /// The report of a campaign, as a table for people.
    ///
    /// # Errors
    /// When there is no such campaign.
    pub fn report_table(
        &self,
        tenant: &TenantKey,
        campaign: &CampaignKey,
    ) -> Result<String, AnalyticsError> {
        self.service.report_table(tenant, campaign)
    }

    /// Answers what is in flight, writes a last checkpoint and closes the journal.
    ///
    /// # Errors
    /// When something could not be written; what was acknowledged is in the journal all the same.
    pub async fn drain(self) -> Result<(), StartError> {
        self.service.readiness.drain();
        let _ = self.stop.send(true);
        if !self.data_plane.await.unwrap_or(false) {
            tracing::warn!("some requests were not answered before the drain ended");
        }
        if let Err(error) = self.control_plane.await {
            tracing::warn!(error = %error, "the control plane ended with an error");
        }
        let journal = Arc::clone(&self.service.journal);
        let Self { upkeep, watch, followers, .. } = self;
        tokio::task::spawn_blocking(move || {
            // Each is stopped whatever became of the one before; the first failure is told.
            let watch = if watch.finish() { Ok(()) } else { Err(StartError::Stopped) };
            let upkeep = upkeep.finish();
            let figures = followers.close().map_err(StartError::from);
            let journal = journal.close().map_err(StartError::from);
            watch.and(upkeep).and(figures).and(journal)
        })
        .await
        .unwrap_or(Err(StartError::Stopped))
    }
}

// === impl Followers ===

impl Followers {
    fn start(journal: &Arc<Journal>, config: &Config) -> Result<Self, AnalyticsError> {
        let figures = Follower::start(Arc::clone(journal), &config.data.join("analytics.json"))?;
        let tables = config.tables.parquet.then(|| {
            let folder = config.data.join("parquet");
            Exporter::start(Arc::clone(journal), &folder, config.tables.interval()).map(Arc::new)
        });
        Ok(Self { figures: Arc::new(figures), tables: tables.transpose()? })
    }

    /// Tables that cannot be written to their end are no reason to call the stop unclean: the journal
    /// keeps the records, and the next start goes on.
    fn close(&self) -> Result<(), AnalyticsError> {
        let figures = self.figures.close();
        if let Some(tables) = &self.tables
            && let Err(error) = tables.close()
        {
            tracing::warn!(error = %chain(&error), "the tables are not written to their end");
        }
        figures
    }
}

fn plugin_host(data: &Path, compiler: PluginCompiler) -> Result<plugins::Host, StartError> {
    let (compiler, cache_dir) = match compiler {
        PluginCompiler::InProcess => (plugins::Compiler::InProcess, None),
        PluginCompiler::Child => {
            let program = std::env::current_exe()
                .map_err(|source| StartError::DataFolder { path: data.to_owned(), source })?;
            let compiler =
                plugins::Compiler::Child { program, args: vec!["compile-plugin".into()] };
            (compiler, Some(data.join("plugins")))
        }
    };
    let mac_key = derived_key(data, b"plugin artefacts")?;
    let config = plugins::Config { cache_dir, mac_key, compiler, sandboxes_max: SANDBOXES_MAX };
    Ok(plugins::Host::new(config)?)
}
