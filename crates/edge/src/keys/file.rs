//! `keys.toml`: what is known of each key, without the key.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use model::{TenantKey, Timestamp};
use serde::Deserialize;
use toml::Spanned;

use super::error::KeyError;
use super::limits::KEYS_FILE_BYTES_MAX;
use super::text::{KeyId, Kind};

pub(super) const FILE_NAME: &str = "keys.toml";

/// What is known of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// What it allows.
    pub kind: Kind,
    /// Its public part.
    pub id: KeyId,
    /// The tenant whom it speaks for.
    pub tenant: TenantKey,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    pub(super) mac: [u8; 32],
}

/// What tells one version of the file from another without reading it. The file is only ever
/// replaced whole, so the inode changes even when size and time do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified_s: i64,
    modified_ns: i64,
    bytes: u64,
    inode: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    key: Vec<WrittenKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKey {
    kind: Spanned<String>,
    id: Spanned<String>,
    tenant: Spanned<String>,
    created_at: Spanned<String>,
    revoked_at: Option<Spanned<String>>,
    hmac: Spanned<String>,
}

/// Where in which text, to name the line of what is wrong.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

/// Reads the keys of a folder; none when there is no file.
pub(super) fn read(dir: &Path) -> Result<(Vec<KeyRecord>, Option<Stamp>), KeyError> {
    let path = dir.join(FILE_NAME);
    let failed = |source| KeyError::Io { action: "read", path: path.clone(), source };
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Vec::new(), None)),
        Err(source) => return Err(failed(source)),
    };
    let metadata = file.metadata().map_err(failed)?;
    if metadata.len() > KEYS_FILE_BYTES_MAX {
        return Err(KeyError::FileTooLarge { path });
    }
    let mut bytes = Vec::new();
    file.by_ref().take(KEYS_FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        KeyError::Corrupt { path: path.clone(), line, problem: "not UTF-8".to_owned() }
    })?;
    Ok((parse(&path, &text)?, Some(Stamp::of(&metadata))))
}

fn parse(path: &Path, text: &str) -> Result<Vec<KeyRecord>, KeyError> {
    let source = Source { path, text };
    let written: Written = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        source.corrupt(at, error.message().to_owned())
    })?;
    let mut seen = HashSet::new();
    let mut records = Vec::with_capacity(written.key.len());
    for key in &written.key {
        let record = source.record(key)?;
        if !seen.insert(record.id) {
            let problem = format!("the key {} is in the file twice", record.id);
            return Err(source.corrupt(key.id.span().start, problem));
        }
        records.push(record);
    }
    Ok(records)
}

/// The text of the file for these keys.
pub(super) fn write(records: &[KeyRecord]) -> String {
    let mut text = String::from(
        "# API keys, written by `vitrine key`. The keys themselves are not in here, and without\n\
         # pepper.key beside this file none of them can be checked.\n",
    );
    for record in records {
        let KeyRecord { kind, id, tenant, created_at, revoked_at, mac } = record;
        write!(
            text,
            "\n[[key]]\nkind = \"{kind}\"\nid = \"{id}\"\ntenant = \"{tenant}\"\n\
             created_at = \"{created_at}\"\n"
        )
        .and_then(|()| match revoked_at {
            Some(time) => writeln!(text, "revoked_at = \"{time}\""),
            None => Ok(()),
        })
        .and_then(|()| text.write_str("hmac = \""))
        .and_then(|()| mac.iter().try_for_each(|byte| write!(text, "{byte:02x}")))
        .and_then(|()| text.write_str("\"\n"))
        .expect("a String takes everything");
    }
    text
}

// === impl Stamp ===

impl Stamp {
    pub(super) fn of_folder(dir: &Path) -> Result<Option<Self>, KeyError> {
        let path: PathBuf = dir.join(FILE_NAME);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(Self::of(&metadata))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyError::Io { action: "look at", path, source }),
        }
    }

    fn of(metadata: &Metadata) -> Self {
        Self {
            modified_s: metadata.mtime(),
            modified_ns: metadata.mtime_nsec(),
            bytes: metadata.len(),
            inode: metadata.ino(),
        }
    }
}

// === impl Source ===

impl Source<'_> {
    fn record(&self, key: &WrittenKey) -> Result<KeyRecord, KeyError> {
        let time = |text: &str| Timestamp::parse(text).ok();
        let a_time = "must be an RFC 3339 date and time";
        let revoked_at = match &key.revoked_at {
            Some(field) => Some(self.field("revoked_at", field, a_time, time)?),
            None => None,
        };
        Ok(KeyRecord {
            kind: self.field(
                "kind",
                &key.kind,
                "must be publishable, secret or admin",
                Kind::parse,
            )?,
            id: self.field("id", &key.id, "must be the 10 characters of an id", |text| {
                KeyId::parse(text).ok()
            })?,
            tenant: self.field(
                "tenant",
                &key.tenant,
                "must be 1 to 64 of a-z, 0-9, - and _",
                |text| TenantKey::parse(text).ok(),
            )?,
            created_at: self.field("created_at", &key.created_at, a_time, time)?,
            revoked_at,
            mac: self.field("hmac", &key.hmac, "must be 64 hexadecimal digits", hexadecimal)?,
        })
    }

    fn field<T>(
        &self,
        name: &str,
        field: &Spanned<String>,
        rule: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, KeyError> {
        parse(field.get_ref())
            .ok_or_else(|| self.corrupt(field.span().start, format!("`{name}` {rule}")))
    }

    fn corrupt(&self, at: usize, problem: String) -> KeyError {
        let before = self.text.get(..at).unwrap_or_default();
        let line = 1 + before.bytes().filter(|&byte| byte == b'\n').count();
        KeyError::Corrupt { path: self.path.to_owned(), line, problem }
    }
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digit = |letter: u8| char::from(letter).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
    }
    Some(bytes)
}
