//! A server of one's own for demonstrations, replays, tests and load tests.
//!
//! It is the real server, listening on loopback, on a folder that its user throws away afterwards.

use std::net::SocketAddr;
use std::path::Path;

use model::{Currency, TenantKey};

use crate::clock::Clock;
use crate::config::Config;
use crate::demo::Demo;
use crate::keys::{self, Kind};
use crate::service::{PluginCompiler, Running, StartError};

/// The one tenant of a throwaway server.
const TENANT: &str = "demo";

const CAMPAIGN_FILE: &str = include_str!("../../../rules/demo/cart-rescue.toml");
const PLUGIN_FILE: &[u8] = include_bytes!("../../../rules/demo/plugins/cart-rescue.wat");

/// A running server, and a key of each kind to call it with.
pub struct Throwaway {
    /// The server.
    pub running: Running,
    /// The keys of its one tenant.
    pub keys: Keys,
    /// Its one tenant.
    pub tenant: TenantKey,
}

/// A key of each kind, in full.
#[derive(Debug)]
pub struct Keys {
    /// For browsers.
    pub publishable: String,
    /// For the shop's servers.
    pub secret: String,
    /// For the control plane.
    pub admin: String,
}

/// Which campaigns a throwaway server runs.
#[derive(Clone, Copy, Debug)]
pub enum Campaigns<'a> {
    /// The cart rescue that is part of this program.
    CartRescue,
    /// The campaigns of one tenant's folder.
    Folder(&'a Path),
}

/// Why a throwaway server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ThrowawayError {
    /// Its folder cannot be filled.
    #[error("cannot write to the temporary folder")]
    Folder(#[from] std::io::Error),
    /// Its keys cannot be made.
    #[error("cannot make keys")]
    Keys(#[from] keys::KeyError),
    /// The server does not start.
    #[error(transparent)]
    Start(#[from] StartError),
}

// === impl Throwaway ===

impl Throwaway {
    /// Starts a server on a free port of loopback that keeps everything in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be written or the server does not start.
    pub async fn start(
        folder: &Path,
        currency: Currency,
        campaigns: Campaigns<'_>,
    ) -> Result<Self, ThrowawayError> {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::start_at(any_port, folder, currency, campaigns, |_, _| None).await
    }

    /// The same at an address of choice, with what `demo` makes of the tenant and its keys at `/demo`.
    pub(crate) async fn start_at(
        address: SocketAddr,
        folder: &Path,
        currency: Currency,
        campaigns: Campaigns<'_>,
        demo: impl FnOnce(&TenantKey, &Keys) -> Option<Demo>,
    ) -> Result<Self, ThrowawayError> {
        let tenant = TenantKey::parse(TENANT).expect("a valid key");
        let mut config = Config::throwaway(folder, tenant.clone(), currency);
        config.listen.public = address;
        lay_out(&config.rules, campaigns)?;
        let create = |kind| {
            let key = keys::create(&config.data, &tenant, kind, Clock.now());
            key.map(|key| key.text().to_owned())
        };
        let keys = Keys {
            publishable: create(Kind::Publishable)?,
            secret: create(Kind::Secret)?,
            admin: create(Kind::Admin)?,
        };
        let demo = demo(&tenant, &keys);
        let running = Running::start(config, PluginCompiler::InProcess, demo).await?;
        Ok(Self { running, keys, tenant })
    }
}

/// Puts the tenant's campaigns where the server looks for them.
fn lay_out(rules: &Path, campaigns: Campaigns<'_>) -> std::io::Result<()> {
    let folder = rules.join(TENANT);
    match campaigns {
        Campaigns::CartRescue => {
            std::fs::create_dir_all(folder.join("plugins"))?;
            std::fs::write(folder.join("cart-rescue.toml"), CAMPAIGN_FILE)?;
            std::fs::write(folder.join("plugins/cart-rescue.wat"), PLUGIN_FILE)
        }
        Campaigns::Folder(campaigns) => {
            std::fs::create_dir_all(rules)?;
            std::os::unix::fs::symlink(std::path::absolute(campaigns)?, folder)
        }
    }
}
