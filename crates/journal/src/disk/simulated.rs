//! A disk that fails on demand and forgets what was not synced.
//!
//! Each file has what a reader sees (`seen`) and what would survive a power failure (`kept`). A sync
//! copies the writes since the last one from the one to the other; a sync that fails drops them from
//! the list, as kernels do, so that a later sync succeeds without them. The names of files are kept in
//! the same two forms.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR_BYTES: usize = 512;

/// How the disk is to fail, counted in operations from now on, the first being 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does not.
    None,
    /// One operation fails; a write writes half of its bytes.
    Once(u64),
    /// All fail from this one on.
    From(u64),
}

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// None: the disk is honest.
    None,
    /// Files are called synced and are not.
    FileSync,
    /// The folder is called synced and is not.
    FolderSync,
}

/// A disk, shared by its clones.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    state: Arc<Mutex<State>>,
}

/// An open file.
#[derive(Debug)]
pub(crate) struct DiskFile {
    state: Arc<Mutex<State>>,
    inode: usize,
}

#[derive(Debug)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    names_kept: BTreeMap<String, usize>,
    operations: u64,
    fault: Fault,
    lie: Lie,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    seen: Vec<u8>,
    kept: Vec<u8>,
    /// Written since the last sync, in order.
    dirty: Vec<Range<usize>>,
    /// The next sync settles the length too.
    resized: bool,
}

/// Small and the same everywhere; statistics do not matter here.
pub(crate) struct Dice(u64);

fn failure() -> io::Error {
    io::Error::other("simulated failure")
}

// === impl Disk ===

impl Disk {
    pub(crate) fn new() -> Self {
        Self::holding(BTreeMap::new())
    }

    /// An honest disk with these files, all of them durable.
    pub(crate) fn holding(files: BTreeMap<String, Vec<u8>>) -> Self {
        let mut state = State {
            inodes: Vec::new(),
            names: BTreeMap::new(),
            names_kept: BTreeMap::new(),
            operations: 0,
            fault: Fault::None,
            lie: Lie::None,
        };
        for (name, bytes) in files {
            state.names.insert(name, state.inodes.len());
            state.inodes.push(Inode { kept: bytes.clone(), seen: bytes, ..Inode::default() });
        }
        state.names_kept = state.names.clone();
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Sets how the disk fails, and counts operations from 0 again.
    pub(crate) fn set_fault(&self, fault: Fault) {
        let mut state = self.lock();
        state.fault = fault;
        state.operations = 0;
    }

    pub(crate) fn set_lie(&self, lie: Lie) {
        self.lock().lie = lie;
    }

    /// Operations since the last [`Self::set_fault`].
    pub(crate) fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// All files as readers see them.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.lock();
        let file =
            |(name, &inode): (&String, &usize)| (name.clone(), state.inodes[inode].seen.clone());
        state.names.iter().map(file).collect()
    }

    /// The process is killed: the kernel still has everything.
    pub(crate) fn killed(&self) -> Self {
        let state = self.lock();
        let state = State {
            inodes: state.inodes.clone(),
            names: state.names.clone(),
            names_kept: state.names_kept.clone(),
            operations: 0,
            fault: Fault::None,
            lie: state.lie,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// The power fails: of what was not synced, an arbitrary part survives.
    pub(crate) fn crashed(&self, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let state = self.lock();
        let mut names = state.names_kept.clone();
        for (name, &inode) in &state.names {
            if !names.contains_key(name) && dice.roll(2) == 0 {
                names.insert(name.clone(), inode);
            }
        }
        names.retain(|name, _| state.names.contains_key(name) || dice.roll(2) == 0);
        let files = names
            .into_iter()
            .map(|(name, inode)| (name, state.inodes[inode].after_power_failure(&mut dice)));
        Self::holding(files.collect())
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut state = self.lock();
        state.operate()?;
        Ok(state.names.keys().cloned().collect())
    }

    pub(super) fn create(&self, name: &str) -> io::Result<DiskFile> {
        let mut state = self.lock();
        state.operate()?;
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = state.inodes.len();
        state.inodes.push(Inode::default());
        state.names.insert(name.to_owned(), inode);
        Ok(DiskFile { state: Arc::clone(&self.state), inode })
    }

    pub(super) fn open(&self, name: &str) -> io::Result<DiskFile> {
        let mut state = self.lock();
        state.operate()?;
        let inode = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(DiskFile { state: Arc::clone(&self.state), inode })
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.operate()?;
        state.names.remove(name).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn sync_folder(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.operate()?;
        if state.lie != Lie::FolderSync {
            state.names_kept = state.names.clone();
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics under the lock")
    }
}

// === impl DiskFile ===

impl DiskFile {
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.lock();
        state.operate()?;
        let seen = &state.inodes[self.inode].seen;
        let start = usize::try_from(offset).expect("small").min(seen.len());
        let read = buffer.len().min(seen.len() - start);
        buffer[..read].copy_from_slice(&seen[start..start + read]);
        Ok(read)
    }

    pub(super) fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.lock();
        let result = state.operate();
        let written = if result.is_ok() { bytes.len() } else { bytes.len() / 2 };
        let start = usize::try_from(offset).expect("small");
        state.inodes[self.inode].write(start, &bytes[..written]);
        result
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        let mut state = self.lock();
        let result = state.operate();
        let lies = state.lie == Lie::FileSync;
        let inode = &mut state.inodes[self.inode];
        if result.is_ok() && !lies {
            inode.sync();
        }
        if !lies {
            inode.dirty.clear();
            inode.resized = false;
        }
        result
    }

    pub(super) fn truncate(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.lock();
        state.operate()?;
        let inode = &mut state.inodes[self.inode];
        inode.seen.truncate(usize::try_from(bytes).expect("small"));
        inode.resized = true;
        Ok(())
    }

    pub(super) fn bytes(&self) -> io::Result<u64> {
        let mut state = self.lock();
        state.operate()?;
        Ok(state.inodes[self.inode].seen.len() as u64)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics under the lock")
    }
}

// === impl State ===

impl State {
    fn operate(&mut self) -> io::Result<()> {
        let number = self.operations;
        self.operations += 1;
        let fails = match self.fault {
            Fault::None => false,
            Fault::Once(at) => number == at,
            Fault::From(at) => number >= at,
        };
        if fails { Err(failure()) } else { Ok(()) }
    }
}

// === impl Inode ===

impl Inode {
    fn write(&mut self, start: usize, bytes: &[u8]) {
        let end = start + bytes.len();
        if self.seen.len() < end {
            self.seen.resize(end, 0);
        }
        self.resized |= self.kept.len() < end;
        self.seen[start..end].copy_from_slice(bytes);
        self.dirty.push(start..end);
    }

    fn sync(&mut self) {
        if self.resized {
            self.kept.resize(self.seen.len(), 0);
        }
        for range in &self.dirty {
            let end = range.end.min(self.seen.len()).min(self.kept.len());
            let range = range.start.min(end)..end;
            self.kept[range.clone()].copy_from_slice(&self.seen[range]);
        }
    }

    /// Of the unsynced writes either a prefix survives, torn at any byte, or arbitrary sectors do.
    fn after_power_failure(&self, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.kept.clone();
        let in_order = dice.roll(2) == 0;
        let total: usize = self.dirty.iter().map(Range::len).sum();
        let mut left = dice.roll(total + 1);
        for range in &self.dirty {
            for place in range.clone() {
                let survives = if in_order {
                    left > 0
                } else {
                    Dice::new(left as u64 ^ (place / SECTOR_BYTES) as u64).roll(2) == 0
                };
                if in_order && !survives {
                    return bytes;
                }
                if in_order {
                    left -= 1;
                }
                if survives && place < self.seen.len() {
                    if bytes.len() <= place {
                        bytes.resize(place + 1, 0);
                    }
                    bytes[place] = self.seen[place];
                }
            }
        }
        bytes
    }
}

// === impl Dice ===

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `sides`, which must be above 0. By SplitMix64.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % sides as u64).expect("below a usize")
    }
}
