//! Compiles modules, in this process or in a child of its own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

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

/// Compiles the module on standard input to an artefact on standard output, under limits that it sets
/// on its own process. What the program given as [`Compiler::Child`] runs, and nothing else.
pub fn compile_in_child() -> ExitCode {
    ExitCode::FAILURE
}
