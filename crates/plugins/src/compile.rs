//! Compiles modules, in this process or in a child of its own.
//!
//! A module that passes the gate can still take the compiler seconds and hundreds of megabytes, and
//! neither can be taken back from a thread. In production each module is therefore compiled in a
//! process of its own that limits itself, is watched from here, and is killed when it takes too
//! long.
//!
//! The child protects against what compiling takes, not against what is compiled: its answer
//! becomes machine code in this process. That is no more than the compiler is trusted with in
//! either place.

mod child;
mod parent;

use std::ffi::OsString;
use std::path::PathBuf;

use wasmtime::Engine;

pub use child::compile_in_child;

use crate::Rejection;

/// Where modules are compiled.
#[derive(Clone, Debug)]
pub enum Compiler {
    /// In this process: for tests and demonstrations, where the modules are one's own.
    InProcess,
    /// In a child process that runs [`compile_in_child`] under limits on time and memory.
    Child {
        /// The program to start.
        program: PathBuf,
        /// Its arguments.
        args: Vec<OsString>,
    },
}

// === impl Compiler ===

impl Compiler {
    /// Compiles a module that the gate has let through.
    pub(crate) fn compile(&self, engine: &Engine, module: &[u8]) -> Result<Vec<u8>, Rejection> {
        match self {
            Self::InProcess => engine
                .precompile_module(module)
                .map_err(|error| Rejection::Compile { detail: format!("{error:#}").into() }),
            Self::Child { program, args } => parent::compile(program, args, module),
        }
    }
}
