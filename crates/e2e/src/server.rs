//! The program under test, as a process.

use std::io::BufReader;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::campaign::Campaign;
use crate::shop::Shop;

/// A folder with a configuration and campaigns, and the program to run on it.
pub struct Setup {
    program: PathBuf,
    folder: tempfile::TempDir,
}

/// A key of each kind, in full.
#[derive(Clone, Debug)]
pub struct Keys {
    /// For browsers.
    pub publishable: String,
    /// For the shop's servers.
    pub secret: String,
    /// For the control plane.
    pub admin: String,
}

/// A running server. Killed when dropped.
pub struct Server {
    process: Child,
    /// Where the data plane listens.
    pub public: SocketAddr,
    /// Where the control plane listens.
    pub control: SocketAddr,
}

/// How long a start or a polite stop may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

// === impl Setup ===

impl Setup {
    /// A new folder with tenant `demo` and the campaigns of `rules/demo`.
    ///
    /// # Errors
    /// When the folder cannot be filled.
    pub fn new(program: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let rules = folder.path().join("rules/demo");
        let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
        let source = Path::new(&here).join("../../rules/demo");
        copy_folder(&source, &rules)?;
        let setup = Self { program: program.into(), folder };
        setup.configure("")?;
        Ok(setup)
    }

    /// Writes the configuration, with more of it at its end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn configure(&self, more: &str) -> anyhow::Result<()> {
        let text = format!(
            "data = \"data\"\nrules = \"rules\"\n\
             [listen]\npublic = \"127.0.0.1:0\"\ncontrol = \"127.0.0.1:0\"\n\
             [[tenant]]\nkey = \"demo\"\ncurrency = \"USD\"\norigins = [\"https://shop.example\"]\n{more}"
        );
        Ok(std::fs::write(self.config(), text)?)
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("vitrine.toml")
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of the tenant's campaigns.
    pub fn campaigns(&self) -> PathBuf {
        self.folder.path().join("rules/demo")
    }

    /// Writes a campaign to that folder, in the place of one of the same name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, campaign: &Campaign) -> anyhow::Result<()> {
        let file = self.campaigns().join(format!("{}.toml", campaign.key()));
        Ok(std::fs::write(file, campaign.to_string())?)
    }

    /// The program with arguments, to be run by the test.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        command
    }

    /// Runs the program to its end and gives what it printed.
    ///
    /// # Errors
    /// When it fails; the error holds what it printed to standard error.
    pub fn output(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        ensure!(output.status.success(), "{arguments:?} failed: {}", text(&output.stderr));
        Ok(text(&output.stdout))
    }

    /// Makes a key of each kind for tenant `demo`.
    ///
    /// # Errors
    /// When a key cannot be made.
    pub fn keys(&self) -> anyhow::Result<Keys> {
        let config = self.config().display().to_string();
        let create = |kind: &str| {
            let arguments =
                ["key", "create", "--config", &config, "--tenant", "demo", "--kind", kind];
            self.output(&arguments).map(|key| key.trim().to_owned())
        };
        Ok(Keys {
            publishable: create("publishable")?,
            secret: create("secret")?,
            admin: create("admin")?,
        })
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready; the error holds its log.
    pub fn start(&self) -> anyhow::Result<Server> {
        let mut process = Command::new(&self.program)
            .args(["serve", "--config"])
            .arg(self.config())
            .env("RUST_LOG", "info")
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the program")?;
        let log = process.stderr.take().context("the log is not piped")?;
        let (told, addresses) = mpsc::sync_channel(1);
        std::thread::spawn(move || follow_log(BufReader::new(log), &told));
        match addresses.recv_timeout(PATIENCE) {
            Ok(Ok((public, control))) => Ok(Server { process, public, control }),
            Ok(Err(log)) => {
                process.wait()?;
                bail!("the server did not start:\n{log}")
            }
            Err(_) => {
                process.kill()?;
                process.wait()?;
                bail!("the server was not ready within {PATIENCE:?}")
            }
        }
    }
}

/// Reads the log to its end, telling where the server listens, or the log when it ends before that.
fn follow_log(
    log: impl std::io::BufRead,
    told: &mpsc::SyncSender<Result<(SocketAddr, SocketAddr), String>>,
) {
    let mut before = String::new();
    let mut ready = false;
    for line in log.lines().map_while(Result::ok) {
        if ready {
            continue;
        }
        if let Some(addresses) = addresses_of(&line) {
            ready = true;
            // The receiver has gone when the test has: nobody is left to tell.
            let _ = told.send(Ok(addresses));
            continue;
        }
        before.push_str(&line);
        before.push('\n');
    }
    if !ready {
        let _ = told.send(Err(before));
    }
}

fn addresses_of(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let address = |name: &str| entry[name].as_str()?.parse().ok();
    (entry["message"] == "serving").then(|| Some((address("public")?, address("control")?)))?
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    let entries = std::fs::read_dir(from).with_context(|| format!("no {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

// === impl Server ===

impl Server {
    /// A caller of the data plane.
    pub fn shop(&self, key: &str) -> Shop {
        Shop::new(self.public, key)
    }

    /// A caller of the control plane.
    pub fn office(&self, key: &str) -> Shop {
        Shop::new(self.control, key)
    }

    /// Ends the process at once, as a power cut would as far as the process can tell.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill_at_once(mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Asks the process to stop and waits until it has.
    ///
    /// # Errors
    /// When it ends with an error.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let id = i32::try_from(self.process.id())?;
        let id = rustix::process::Pid::from_raw(id).context("a process has an id")?;
        rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        let status = self.process.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is all that is wanted here.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
