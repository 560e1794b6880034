//! The compiling process: reads a module, writes an answer, and cannot do much else.
//!
//! ```text
//! answer:  status, 1 byte | length of the rest, u64 little-endian | machine code or message
//! ```

use std::io::{self, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wasmtime::Engine;

use crate::engine;
use crate::limits::{COMPILE_ADDRESS_BYTES_MAX, COMPILE_CPU_SECONDS_MAX, RULE_MODULE_BYTES_MAX};

/// Status: machine code follows.
pub(super) const COMPILED: u8 = 0;
/// Status: the module cannot be compiled; a message follows.
pub(super) const REFUSED: u8 = 1;
/// Status: the process could not do its work; a message follows.
pub(super) const UNABLE: u8 = 2;
/// Status and length.
pub(super) const HEADER_BYTES: usize = 9;

/// Compiles the module on standard input to an artefact on standard output, under limits that it
/// sets on its own process. What the program given as [`crate::Compiler::Child`] runs, and nothing
/// else.
pub fn compile_in_child() -> ExitCode {
    let (status, body) = match prepare() {
        Ok((engine, module)) => match engine.precompile_module(&module) {
            Ok(code) => (COMPILED, code),
            Err(error) => (REFUSED, format!("{error:#}").into_bytes()),
        },
        Err(message) => (UNABLE, message.into_bytes()),
    };
    // An answer that could not be written is one that the parent no longer waits for.
    match write_answer(status, &body) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn prepare() -> Result<(Engine, Vec<u8>), String> {
    limit_self().map_err(|error| format!("cannot limit the process: {error}"))?;
    let mut module = Vec::new();
    let bytes_max = u64::try_from(RULE_MODULE_BYTES_MAX).unwrap_or(u64::MAX);
    let read = io::stdin().lock().take(bytes_max).read_to_end(&mut module);
    read.map_err(|error| format!("cannot read the module: {error}"))?;
    let engine = engine::for_compiling().map_err(|error| error.to_string())?;
    Ok((engine, module))
}

/// Limits time and memory, and forbids core dumps, files and further processes. Limits that the
/// operator has set lower stay.
fn limit_self() -> io::Result<()> {
    let limits = [
        // A second more of the hard limit, so that the first signal is the one that tells what it
        // was.
        (Resource::Cpu, COMPILE_CPU_SECONDS_MAX, COMPILE_CPU_SECONDS_MAX + 1),
        (Resource::As, COMPILE_ADDRESS_BYTES_MAX, COMPILE_ADDRESS_BYTES_MAX),
        (Resource::Core, 0, 0),
        (Resource::Fsize, 0, 0),
        (Resource::Nproc, 0, 0),
    ];
    for (resource, soft, hard) in limits {
        let before = getrlimit(resource);
        let lower = |limit: u64, known: Option<u64>| Some(known.map_or(limit, |k| k.min(limit)));
        let maximum = lower(hard, before.maximum);
        setrlimit(resource, Rlimit { current: lower(soft, maximum), maximum })?;
    }
    Ok(())
}

fn write_answer(status: u8, body: &[u8]) -> io::Result<()> {
    let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let mut out = io::stdout().lock();
    out.write_all(&[status])?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(body)?;
    out.flush()
}
