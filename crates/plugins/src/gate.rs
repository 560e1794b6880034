//! What is let through to the compiler.
//!
//! The gate reads a module's structure and refuses what the compiler, or a sandbox, should never
//! see: features that plugins have no use for, sizes that take the compiler more than linear time,
//! code that would run outside of a call, imports that are not offered. It is linear in the
//! module's length, holds on to nothing, and is run before every compilation and before every use
//! of a cached one.
//!
//! It is no proof that compiling is cheap: a module within every limit can keep the compiler busy
//! for seconds. That is what the limits of the compiling process are for.

pub(crate) mod body;
pub(crate) mod interface;

use wasmparser::{
    ConstExpr, DataKind, ElementItems, ElementKind, FuncValidatorAllocations, Operator, Parser,
    Payload, ValidPayload, Validator, WasmFeatures,
};

use crate::Rejection;
use crate::limits::{
    EXPORTS_MAX, FUNCTIONS_MAX, GLOBALS_MAX, IMPORTS_MAX, MEMORY_PAGES_MAX, MODULE_BYTES_MAX,
    SEGMENTS_MAX, TABLE_ELEMENTS_MAX, TYPE_ARITY_MAX, TYPES_MAX,
};

/// What a Rust guest for `wasm32-unknown-unknown` needs, and nothing else. The engine has just
/// these too.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::FLOATS
    .union(WasmFeatures::MUTABLE_GLOBAL)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES);

/// The beginning of a component: the magic number, version 13, layer 1.
const COMPONENT_HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

/// What the sections read so far have said.
#[derive(Default)]
struct Seen {
    functions: u32,
    memory_bytes: u64,
    table_elements: u64,
}

/// Lets a module pass, or says why not.
pub(crate) fn check(module: &[u8]) -> Result<(), Rejection> {
    if module.len() > MODULE_BYTES_MAX {
        return Err(Rejection::TooLarge { bytes: module.len(), bytes_max: MODULE_BYTES_MAX });
    }
    if module.starts_with(COMPONENT_HEADER) {
        return Err(Rejection::Component);
    }
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut validator = Validator::new_with_features(FEATURES);
    let mut allocations = FuncValidatorAllocations::default();
    let mut seen = Seen::default();
    for payload in parser.parse_all(module) {
        let payload = payload.map_err(invalid)?;
        seen.observe(&payload)?;
        match validator.payload(&payload).map_err(invalid)? {
            ValidPayload::Func(function, body) => {
                body::check(function.index, &body)?;
                let mut function = function.into_validator(allocations);
                function.validate(&body).map_err(invalid)?;
                allocations = function.into_allocations();
            }
            ValidPayload::End(types) => interface::check(types.as_ref())?,
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
    }
    Ok(())
}

// === impl Seen ===

impl Seen {
    /// Checks what the validator does not: our limits.
    fn observe(&mut self, payload: &Payload<'_>) -> Result<(), Rejection> {
        match payload {
            Payload::TypeSection(types) => {
                at_most("types", types.count(), TYPES_MAX)?;
                for ty in types.clone().into_iter_err_on_gc_types() {
                    let ty = ty.map_err(invalid)?;
                    at_most_long("parameters", ty.params().len(), TYPE_ARITY_MAX)?;
                    at_most_long("results", ty.results().len(), TYPE_ARITY_MAX)?;
                }
            }
            Payload::ImportSection(imports) => {
                at_most("imports", imports.count(), IMPORTS_MAX)?;
                self.functions = imports.count();
                for import in imports.clone().into_imports() {
                    interface::check_import_name(&import.map_err(invalid)?)?;
                }
            }
            Payload::FunctionSection(functions) => {
                let count = self.functions.saturating_add(functions.count());
                at_most("functions", count, FUNCTIONS_MAX)?;
            }
            Payload::TableSection(tables) => self.tables(tables)?,
            Payload::MemorySection(memories) => self.memories(memories)?,
            Payload::GlobalSection(globals) => at_most("globals", globals.count(), GLOBALS_MAX)?,
            Payload::ExportSection(exports) => at_most("exports", exports.count(), EXPORTS_MAX)?,
            Payload::StartSection { .. } => return Err(Rejection::StartFunction),
            Payload::ElementSection(elements) => self.elements(elements)?,
            Payload::DataSection(data) => self.data(data)?,
            _ => {}
        }
        Ok(())
    }

    fn tables(&mut self, tables: &wasmparser::TableSectionReader<'_>) -> Result<(), Rejection> {
        at_most("tables", tables.count(), 1)?;
        for table in tables.clone() {
            self.table_elements = table.map_err(invalid)?.ty.initial;
            let elements_max = as_u64(TABLE_ELEMENTS_MAX);
            if self.table_elements > elements_max {
                let elements = self.table_elements;
                return Err(Rejection::TableTooLarge { elements, elements_max });
            }
        }
        Ok(())
    }

    fn memories(
        &mut self,
        memories: &wasmparser::MemorySectionReader<'_>,
    ) -> Result<(), Rejection> {
        at_most("memories", memories.count(), 1)?;
        for memory in memories.clone() {
            let memory = memory.map_err(invalid)?;
            let pages = memory.maximum.map_or(memory.initial, |most| most.max(memory.initial));
            if pages > MEMORY_PAGES_MAX {
                return Err(Rejection::MemoryTooLarge { pages, pages_max: MEMORY_PAGES_MAX });
            }
            self.memory_bytes = memory.initial << 16;
        }
        Ok(())
    }

    fn elements(&self, segments: &wasmparser::ElementSectionReader<'_>) -> Result<(), Rejection> {
        at_most("element segments", segments.count(), SEGMENTS_MAX)?;
        let mut items_all: u64 = 0;
        for (index, segment) in (0..).zip(segments.clone()) {
            let segment = segment.map_err(invalid)?;
            let items = match &segment.items {
                ElementItems::Functions(items) => items.count(),
                ElementItems::Expressions(_, items) => items.count(),
            };
            items_all = items_all.saturating_add(u64::from(items));
            let most = as_u64(TABLE_ELEMENTS_MAX);
            if items_all > most {
                let (count, count_max) = (items_all, most);
                return Err(Rejection::TooMany { what: "element items", count, count_max });
            }
            if let ElementKind::Active { offset_expr, .. } = &segment.kind
                && !within(offset_expr, u64::from(items), self.table_elements)
            {
                let (what, place) = ("element", "table");
                return Err(Rejection::SegmentOutOfBounds { what, index, place });
            }
        }
        Ok(())
    }

    fn data(&self, segments: &wasmparser::DataSectionReader<'_>) -> Result<(), Rejection> {
        at_most("data segments", segments.count(), SEGMENTS_MAX)?;
        for (index, segment) in (0..).zip(segments.clone()) {
            let segment = segment.map_err(invalid)?;
            if let DataKind::Active { offset_expr, .. } = &segment.kind
                && !within(offset_expr, as_u64(segment.data.len()), self.memory_bytes)
            {
                let (what, place) = ("data", "memory");
                return Err(Rejection::SegmentOutOfBounds { what, index, place });
            }
        }
        Ok(())
    }
}

/// Whether a segment fits. With the features allowed, and without imported globals, an offset can
/// only be a constant; the validator sees to that.
fn within(offset: &ConstExpr<'_>, length: u64, whole: u64) -> bool {
    match offset.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => {
            u64::from(value.cast_unsigned()).saturating_add(length) <= whole
        }
        _ => true,
    }
}

pub(crate) fn at_most(what: &'static str, count: u32, count_max: u32) -> Result<(), Rejection> {
    if count > count_max {
        let (count, count_max) = (u64::from(count), u64::from(count_max));
        return Err(Rejection::TooMany { what, count, count_max });
    }
    Ok(())
}

fn at_most_long(what: &'static str, count: usize, count_max: usize) -> Result<(), Rejection> {
    if count > count_max {
        let (count, count_max) = (as_u64(count), as_u64(count_max));
        return Err(Rejection::TooMany { what, count, count_max });
    }
    Ok(())
}

fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

pub(crate) fn invalid(error: wasmparser::Error) -> Rejection {
    Rejection::Invalid { detail: error.message().into(), offset: error.offset() }
}
