//! What a module asks for and what it offers, against the contract.

use wasmparser::types::{CoreTypeId, EntityType, TypesRef};
use wasmparser::{CompositeInnerType, Import, TypeRef};

use crate::Rejection;
use crate::contract::{DECIDE, Function, IMPORTS, MEMORY, POST_DECIDE, REALLOC, signature};

/// Refuses an import that does not exist. Types are looked at later, when they are known.
pub(super) fn check_import_name(import: &Import<'_>) -> Result<(), Rejection> {
    match (import.ty, find(import.module, import.name)) {
        (TypeRef::Func(_), Some(_)) => Ok(()),
        _ => Err(Rejection::UnknownImport {
            module: shown(import.module),
            name: shown(import.name),
            offered: offered(import.module),
        }),
    }
}

/// Checks the types of imports and exports.
pub(super) fn check(types: TypesRef<'_>) -> Result<(), Rejection> {
    for (module, name, ty) in types.core_imports().into_iter().flatten() {
        let Some(offer) = find(module, name) else { continue };
        let found = shape(types, &ty);
        let expected = offer.signature();
        if found != expected {
            let name = format!("{module} {name}").into();
            return Err(Rejection::ImportSignature { name, expected, found });
        }
    }
    let memory: Box<str> = "(memory)".into();
    check_export(types, MEMORY, memory, true)?;
    check_export(types, DECIDE.name, DECIDE.signature(), true)?;
    check_export(types, REALLOC.name, REALLOC.signature(), true)?;
    // The Canonical ABI leaves it to the guest whether it frees what it gave.
    check_export(types, POST_DECIDE.name, POST_DECIDE.signature(), false)
}

/// Checks the type of an export.
pub(crate) fn check_export(
    types: TypesRef<'_>,
    name: &'static str,
    expected: Box<str>,
    required: bool,
) -> Result<(), Rejection> {
    let mut exports = types.core_exports().into_iter().flatten();
    match exports.find(|(exported, _)| *exported == name) {
        Some((_, ty)) => {
            let found = shape(types, &ty);
            if found == expected {
                return Ok(());
            }
            Err(Rejection::ExportSignature { name, expected, found })
        }
        None if required => Err(Rejection::MissingExport { name, expected }),
        None => Ok(()),
    }
}

fn find(module: &str, name: &str) -> Option<&'static Function> {
    IMPORTS.iter().find(|offer| offer.module == module && offer.name == name)
}

/// What there is: the functions of the interface, or the interfaces when it is not one of them.
fn offered(module: &str) -> Box<str> {
    let of_module = IMPORTS.iter().filter(|offer| offer.module == module);
    let mut names: Vec<&str> = of_module.map(|offer| offer.name).collect();
    if names.is_empty() {
        names = IMPORTS.iter().map(|offer| offer.module).collect();
        names.dedup();
    }
    names.join(", ").into()
}

/// The author's text, as much of it as fits a message.
pub(crate) fn shown(text: &str) -> Box<str> {
    text.chars().take(64).flat_map(char::escape_debug).collect::<String>().into()
}

/// The type of an import or export as it is written in the text format.
pub(crate) fn shape(types: TypesRef<'_>, entity: &EntityType) -> Box<str> {
    match entity {
        EntityType::Func(id) | EntityType::FuncExact(id) => function_shape(types, *id),
        EntityType::Memory(_) => "(memory)".into(),
        EntityType::Table(_) => "(table)".into(),
        EntityType::Global(_) => "(global)".into(),
        EntityType::Tag(_) => "(tag)".into(),
    }
}

fn function_shape(types: TypesRef<'_>, id: CoreTypeId) -> Box<str> {
    match types.get(id).map(|ty| &ty.composite_type.inner) {
        Some(CompositeInnerType::Func(ty)) => signature(ty.params(), ty.results()),
        _ => "(type)".into(),
    }
}
