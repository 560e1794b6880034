//! What of a program is let through to the compiler.
//!
//! Our own code generator keeps to this by construction; the gate is there for the day on which it does
//! not. A module of rules has functions and globals and nothing else: no memory, no table, no code that
//! runs before it is asked, and just the imports of [`rules::cel::imports`] in their order.

use rules::cel::imports::{IMPORTS, Import, MODULE, Native, RULE};
use wasmparser::types::TypesRef;
use wasmparser::{
    FuncValidatorAllocations, Parser, Payload, TypeRef, ValType, ValidPayload, Validator,
};

use crate::Rejection;
use crate::contract::signature;
use crate::gate::{FEATURES, at_most, body, interface, invalid};
use crate::limits::{RULE_FUNCTIONS_MAX, RULE_GLOBALS_MAX, RULE_MODULE_BYTES_MAX, TYPES_MAX};

/// What `rule` takes and gives.
const RULE_PARAMS: [ValType; 1] = [ValType::I32];
const RULE_RESULTS: [ValType; 2] = [ValType::I32, ValType::I32];

/// Lets a module pass, or says why not.
pub(crate) fn check(module: &[u8]) -> Result<(), Rejection> {
    if module.len() > RULE_MODULE_BYTES_MAX {
        let (bytes, bytes_max) = (module.len(), RULE_MODULE_BYTES_MAX);
        return Err(Rejection::TooLarge { bytes, bytes_max });
    }
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut validator = Validator::new_with_features(FEATURES);
    let mut allocations = FuncValidatorAllocations::default();
    for payload in parser.parse_all(module) {
        let payload = payload.map_err(invalid)?;
        observe(&payload)?;
        match validator.payload(&payload).map_err(invalid)? {
            ValidPayload::Func(function, code) => {
                body::check(function.index, &code)?;
                let mut function = function.into_validator(allocations);
                function.validate(&code).map_err(invalid)?;
                allocations = function.into_allocations();
            }
            ValidPayload::End(types) => check_types(types.as_ref())?,
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
    }
    Ok(())
}

/// Checks a section against what modules of rules have.
fn observe(payload: &Payload<'_>) -> Result<(), Rejection> {
    match payload {
        Payload::TypeSection(types) => at_most("types", types.count(), TYPES_MAX),
        Payload::ImportSection(imports) => check_imports(imports),
        Payload::FunctionSection(functions) => {
            at_most("functions", functions.count(), RULE_FUNCTIONS_MAX)
        }
        Payload::GlobalSection(globals) => at_most("globals", globals.count(), RULE_GLOBALS_MAX),
        Payload::ExportSection(exports) => at_most("exports", exports.count(), 1),
        Payload::TableSection(tables) => at_most("tables", tables.count(), 0),
        Payload::MemorySection(memories) => at_most("memories", memories.count(), 0),
        Payload::ElementSection(elements) => at_most("element segments", elements.count(), 0),
        Payload::DataSection(data) => at_most("data segments", data.count(), 0),
        Payload::StartSection { .. } => Err(Rejection::StartFunction),
        _ => Ok(()),
    }
}

fn check_imports(imports: &wasmparser::ImportSectionReader<'_>) -> Result<(), Rejection> {
    at_most("imports", imports.count(), u32::try_from(IMPORTS.len()).unwrap_or(u32::MAX))?;
    for (import, expected) in imports.clone().into_imports().zip(&IMPORTS) {
        let import = import.map_err(invalid)?;
        let is_function = matches!(import.ty, TypeRef::Func(_));
        if !is_function || import.module != MODULE || import.name != expected.name {
            return Err(Rejection::UnknownImport {
                module: interface::shown(import.module),
                name: interface::shown(import.name),
                offered: format!("`{MODULE}` `{}` at this place", expected.name).into(),
            });
        }
    }
    Ok(())
}

/// Checks the types of imports and of the export.
fn check_types(types: TypesRef<'_>) -> Result<(), Rejection> {
    let found = types.core_imports().into_iter().flatten();
    for ((_, name, ty), expected) in found.zip(&IMPORTS) {
        let (found, expected) = (interface::shape(types, &ty), import_signature(expected));
        if found != expected {
            let name = format!("{MODULE} {name}").into();
            return Err(Rejection::ImportSignature { name, expected, found });
        }
    }
    let expected = signature(&RULE_PARAMS, &RULE_RESULTS);
    interface::check_export(types, RULE, expected, true)
}

/// The signature of an import as it is written in the text format.
pub(super) fn import_signature(import: &Import) -> Box<str> {
    let lowered = |natives: &[Native]| -> Vec<ValType> {
        let lower = |native: &Native| match native {
            Native::I32 => ValType::I32,
            Native::I64 => ValType::I64,
            Native::F64 => ValType::F64,
        };
        natives.iter().map(lower).collect()
    };
    signature(&lowered(import.params), &lowered(import.results))
}
