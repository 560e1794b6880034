//! Why a module is not taken as a plugin.

/// Why a module is not taken as a plugin, in words that tell its author what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Neither a module nor the text of one.
    #[error("this is no WebAssembly module: {detail}")]
    NotWasm {
        /// What the parser found.
        detail: Box<str>,
    },
    /// A component instead of a core module.
    #[error(
        "this is a WebAssembly component; upload the core module that it was made from, \
         the file that cargo writes for the target wasm32-unknown-unknown"
    )]
    Component,
    /// Too long.
    #[error("the module has {bytes} bytes, at most {bytes_max} are allowed; build it for size")]
    TooLarge {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// Not valid, or in need of a feature that plugins do not have.
    #[error("the module is not valid at byte {offset}: {detail}")]
    Invalid {
        /// What the validator found.
        detail: Box<str>,
        /// Where in the binary form.
        offset: usize,
    },
    /// Too many of something.
    #[error("the module has {count} {what}, at most {count_max} are allowed")]
    TooMany {
        /// Of what, in the plural.
        what: &'static str,
        /// How many there are.
        count: u64,
        /// How many there may be.
        count_max: u64,
    },
    /// A function that is too long.
    #[error(
        "function {function} has {bytes} bytes, at most {bytes_max} are allowed; \
         split it, or inline less"
    )]
    BodyTooLarge {
        /// Its index.
        function: u32,
        /// How long its body is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// A function with too many locals.
    #[error("function {function} has {locals} locals, at most {locals_max} are allowed; split it")]
    TooManyLocals {
        /// Its index.
        function: u32,
        /// How many it has.
        locals: u64,
        /// How many it may have.
        locals_max: u32,
    },
    /// A function whose blocks are nested too deep.
    #[error("function {function} nests blocks deeper than {depth_max}; split it")]
    TooDeep {
        /// Its index.
        function: u32,
        /// How deep they may be.
        depth_max: u32,
    },
    /// A function whose branch tables are too long.
    #[error(
        "function {function} has {targets} targets in its br_tables, at most {targets_max} are \
         allowed; split it, or match on fewer values"
    )]
    TooManyBranches {
        /// Its index.
        function: u32,
        /// How many targets there are, up to the table that was one too many.
        targets: u32,
        /// How many there may be.
        targets_max: u32,
    },
    /// A start function, which would run outside of any call.
    #[error("the module has a start function; do at the beginning of `decide` what it does")]
    StartFunction,
    /// An import that does not exist.
    #[error("the module imports `{module}` `{name}`, which is not offered; offered are {offered}")]
    UnknownImport {
        /// The interface that it names.
        module: Box<str>,
        /// The function that it names.
        name: Box<str>,
        /// What there is instead.
        offered: Box<str>,
    },
    /// An import of the wrong type.
    #[error("the module imports `{name}` as {found}, but it is {expected}")]
    ImportSignature {
        /// The interface and the function.
        name: Box<str>,
        /// What it is.
        expected: Box<str>,
        /// What the module takes it for.
        found: Box<str>,
    },
    /// A necessary export is absent.
    #[error("the module does not export `{name}` {expected}")]
    MissingExport {
        /// Its name.
        name: &'static str,
        /// What it has to be.
        expected: Box<str>,
    },
    /// An export of the wrong type.
    #[error("the module exports `{name}` as {found}, but it has to be {expected}")]
    ExportSignature {
        /// Its name.
        name: &'static str,
        /// What it has to be.
        expected: Box<str>,
        /// What it is.
        found: Box<str>,
    },
    /// More linear memory than a plugin can get.
    #[error("the module's memory has {pages} pages, at most {pages_max} are allowed")]
    MemoryTooLarge {
        /// The least or the most that it asks for, in units of 64 KiB.
        pages: u64,
        /// What it may ask for.
        pages_max: u64,
    },
    /// A larger table than a plugin can get.
    #[error("the module's table has {elements} elements, at most {elements_max} are allowed")]
    TableTooLarge {
        /// The least that it asks for.
        elements: u64,
        /// What it may ask for.
        elements_max: u64,
    },
    /// A segment outside of the memory or table, so that no sandbox can be made.
    #[error("{what} segment {index} lies outside of the initial {place}")]
    SegmentOutOfBounds {
        /// Data or element.
        what: &'static str,
        /// Its index.
        index: u32,
        /// Memory or table.
        place: &'static str,
    },
    /// The compiler refused it.
    #[error("the module cannot be compiled: {detail}")]
    Compile {
        /// What the compiler said.
        detail: Box<str>,
    },
    /// The compiler needed more than it may have.
    #[error("the module takes too much to compile: {detail}; make its functions smaller")]
    CompileCost {
        /// What it took too much of.
        detail: Box<str>,
    },
    /// The compiler could not be run. Not the module's fault: the same module may be taken later.
    #[error("the compiler cannot be run: {detail}")]
    CompilerUnavailable {
        /// What the system said.
        detail: Box<str>,
    },
}

// === impl Rejection ===

impl Rejection {
    /// The stable short name, for metrics, tests and the admin interface.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotWasm { .. } => "not-wasm",
            Self::Component => "component",
            Self::TooLarge { .. } => "too-large",
            Self::Invalid { .. } => "invalid",
            Self::TooMany { .. } => "too-many",
            Self::BodyTooLarge { .. } => "body-too-large",
            Self::TooManyLocals { .. } => "too-many-locals",
            Self::TooDeep { .. } => "too-deep",
            Self::TooManyBranches { .. } => "too-many-branches",
            Self::StartFunction => "start-function",
            Self::UnknownImport { .. } => "unknown-import",
            Self::ImportSignature { .. } => "import-signature",
            Self::MissingExport { .. } => "missing-export",
            Self::ExportSignature { .. } => "export-signature",
            Self::MemoryTooLarge { .. } => "memory-too-large",
            Self::TableTooLarge { .. } => "table-too-large",
            Self::SegmentOutOfBounds { .. } => "segment-out-of-bounds",
            Self::Compile { .. } => "compile",
            Self::CompileCost { .. } => "compile-cost",
            Self::CompilerUnavailable { .. } => "compiler-unavailable",
        }
    }

    /// Whether the module is to blame, as opposed to this machine.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::CompilerUnavailable { .. })
    }
}
