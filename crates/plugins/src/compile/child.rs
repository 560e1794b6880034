//! The compiling process: reads a module, writes an answer, and cannot do much else.
//!
//! ```text
//! answer:  status, 1 byte: 0 compiled, 1 refused | length, u64 little-endian | machine code or message
//! ```

use std::io::{self, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::engine;
use crate::limits::{COMPILE_ADDRESS_BYTES_MAX, COMPILE_CPU_SECONDS_MAX, MODULE_BYTES_MAX};

/// The status of an answer that is machine code.
pub(super) const COMPILED: u8 = 0;
/// The status of an answer that is a message.
pub(super) const REFUSED: u8 = 1;
/// Status and length.
pub(super) const HEADER_BYTES: usize = 9;

/// Compiles the module on standard input to an artefact on standard output, under limits that it sets
/// on its own process. What the program given as [`crate::Compiler::Child`] runs, and nothing else.
pub fn compile_in_child() -> ExitCode {
    let answer = limit_self().map_err(|error| error.to_string()).and_then(|()| compile());
    let written = match &answer {
        Ok(code) => write_answer(COMPILED, code),
        Err(message) => write_answer(REFUSED, message.as_bytes()),
    };
    // An answer that could not be written is one that the parent no longer waits for.
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn compile() -> Result<Vec<u8>, String> {
    let mut module = Vec::new();
    let bytes_max = u64::try_from(MODULE_BYTES_MAX).unwrap_or(u64::MAX);
    let read = io::stdin().lock().take(bytes_max).read_to_end(&mut module);
    read.map_err(|error| error.to_string())?;
    let engine = engine::for_compiling().map_err(|error| error.to_string())?;
    engine.precompile_module(&module).map_err(|error| format!("{error:#}"))
}

/// Limits time and memory, and forbids core dumps, files and further processes.
fn limit_self() -> io::Result<()> {
    let at_most = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    let limits = [
        (Resource::Cpu, COMPILE_CPU_SECONDS_MAX),
        (Resource::As, COMPILE_ADDRESS_BYTES_MAX),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
    ];
    for (resource, limit) in limits {
        setrlimit(resource, at_most(limit))?;
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
