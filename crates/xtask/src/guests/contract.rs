//! The contract of `wasm-plugins/wit/rules.wit`, as the linker sees it.
//!
//! Reads the functions of the WIT text and flattens their types as the Canonical ABI does, so that a built
//! guest can be compared with the text that people read: nothing imported that is not offered, nothing
//! exported with another type. Of WIT it knows what the contract uses and refuses the rest, rather than
//! compare something it did not understand.
//!
//! Flattening (Canonical ABI, "Flattening"): integers up to 32 bits, `bool` and enums are an `i32`, 64-bit
//! integers an `i64`, `f64` an `f64`, a string two `i32`. A result of more than one such value is written
//! to memory, at an address that an import is given as its last parameter and an export returns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, Validator};

use crate::limits::GUEST_PAGES_MAX;

/// The functions of the contract by module and name, with the core type of each, such as `(i32 i32) i64`.
#[derive(Debug)]
pub(crate) struct Contract {
    imports: BTreeMap<(String, String), String>,
    exports: BTreeMap<String, String>,
}

// === impl Contract ===

impl Contract {
    /// Reads the contract, and makes sure that the SDK's copy is the same.
    ///
    /// # Errors
    /// When either cannot be read, they differ, or the text is more than this module understands.
    pub(crate) fn read(workspace: &Path) -> anyhow::Result<Self> {
        let read = |path: &str| {
            let file = workspace.join(path);
            fs::read_to_string(&file).with_context(|| file.display().to_string())
        };
        let text = read("wit/rules.wit")?;
        ensure!(
            read("sdk/wit/rules.wit")? == text,
            "the SDK's sdk/wit/rules.wit is no longer a copy of wit/rules.wit: bring it up to date"
        );
        Self::parse(&text).context("wit/rules.wit")
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut contract = Self { imports: BTreeMap::new(), exports: BTreeMap::new() };
        let mut package = None;
        let mut interface = None;
        let mut enums = BTreeSet::new();
        for line in text.lines().map(|line| line.split("//").next().unwrap_or(line).trim()) {
            if let Some(name) = line.strip_prefix("package ") {
                package = Some(name.trim_end_matches(';').to_owned());
            } else if let Some(name) = opened(line, "interface") {
                interface = Some(name.to_owned());
                enums.clear();
            } else if opened(line, "world").is_some() {
                interface = None;
            } else if let Some(name) = opened(line, "enum") {
                enums.insert(name.to_owned());
            } else if let Some((name, signature)) = line.split_once(": func") {
                let name = name.trim();
                match (name.strip_prefix("export "), &interface) {
                    (Some(export), _) => contract.export(export.trim(), signature)?,
                    (None, Some(interface)) => {
                        let core =
                            import_type(signature, &enums).with_context(|| name.to_owned())?;
                        let module = module(package.as_deref(), interface)?;
                        contract.imports.insert((module, name.to_owned()), core);
                    }
                    (None, None) => bail!("`{name}` is neither exported nor in an interface"),
                }
            }
        }
        ensure!(
            !contract.imports.is_empty() && !contract.exports.is_empty(),
            "there is nothing in it"
        );
        Ok(contract)
    }

    fn export(&mut self, name: &str, signature: &str) -> anyhow::Result<()> {
        ensure!(signature.starts_with("() -> option<"), "`{name}` is not `() -> option<...>`");
        let types = [
            (name.to_owned(), "() i32"),
            (format!("cabi_post_{name}"), "(i32)"),
            ("cabi_realloc".to_owned(), "(i32 i32 i32 i32) i32"),
        ];
        self.exports.extend(types.map(|(name, core)| (name, core.to_owned())));
        Ok(())
    }

    /// Checks a module against the contract.
    ///
    /// # Errors
    /// With what the module imports, exports or declares otherwise.
    pub(crate) fn check(&self, wasm: &[u8]) -> anyhow::Result<()> {
        let types = Validator::new().validate_all(wasm)?;
        let types = types.as_ref();
        let function = |index: u32| spelled(types[types.core_function_at(index)].unwrap_func());
        let mut exports = BTreeMap::new();
        let mut imported_functions = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let TypeRef::Func(_) = import.ty else {
                            bail!("imports `{}`, which is no function", import.name);
                        };
                        let core = function(imported_functions);
                        imported_functions += 1;
                        self.check_import(import.module, import.name, &core)?;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            exports.insert(export.name, function(export.index));
                        } else if export.kind == ExternalKind::Memory {
                            exports.insert(export.name, "memory".to_owned());
                            let pages = types.memory_at(export.index).initial;
                            ensure!(
                                pages <= GUEST_PAGES_MAX,
                                "needs {pages} pages of memory to start with, more than the one that the \
                                 host keeps resident: is it linked by wasm-plugins/.cargo/config.toml?"
                            );
                        }
                    }
                }
                Payload::StartSection { .. } => bail!("has a start function"),
                _ => {}
            }
        }
        self.check_exports(&exports)
    }

    fn check_import(&self, module: &str, name: &str, core: &str) -> anyhow::Result<()> {
        match self.imports.get(&(module.to_owned(), name.to_owned())) {
            None => bail!("imports `{module}` `{name}`, which the contract does not offer"),
            Some(known) if known != core => {
                bail!("imports `{module}` `{name}` as `{core}`, not as `{known}`")
            }
            Some(_) => Ok(()),
        }
    }

    fn check_exports(&self, exports: &BTreeMap<&str, String>) -> anyhow::Result<()> {
        ensure!(exports.get("memory").is_some_and(|is| is == "memory"), "exports no `memory`");
        for (name, core) in &self.exports {
            match exports.get(name.as_str()) {
                None => bail!("does not export `{name}`"),
                Some(found) if found != core => {
                    bail!("exports `{name}` as `{found}`, not as `{core}`")
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// `interface view {` opens `view`.
fn opened<'a>(line: &'a str, keyword: &str) -> Option<&'a str> {
    Some(line.strip_prefix(keyword)?.strip_prefix(' ')?.strip_suffix('{')?.trim())
}

/// `vitrine:rules@1.0.0` and `view` give `vitrine:rules/view@1.0.0`.
fn module(package: Option<&str>, interface: &str) -> anyhow::Result<String> {
    let package = package.context("an interface before the package")?;
    let (name, version) = package.split_once('@').context("the package has no version")?;
    Ok(format!("{name}/{interface}@{version}"))
}

/// The core type of an imported function with a WIT signature such as `(name: string) -> option<f64>;`.
fn import_type(signature: &str, enums: &BTreeSet<String>) -> anyhow::Result<String> {
    let signature = signature.trim_end_matches(';');
    let (params, result) = match signature.split_once("->") {
        Some((params, result)) => (params, Some(result.trim())),
        None => (signature, None),
    };
    let params = params.trim().strip_prefix('(').and_then(|params| params.strip_suffix(')'));
    let mut flat = Vec::new();
    for param in params.context("parameters without brackets")?.split(',').map(str::trim) {
        if let Some((_, kind)) = param.split_once(':') {
            flat.extend(flattened(kind.trim(), enums)?);
        }
    }
    let result = result.map(|kind| flattened(kind, enums)).transpose()?.unwrap_or_default();
    let mut core = String::new();
    match result.as_slice() {
        [] => write!(core, "({})", flat.join(" "))?,
        [one] => write!(core, "({}) {one}", flat.join(" "))?,
        _ => {
            flat.push("i32");
            write!(core, "({})", flat.join(" "))?;
        }
    }
    Ok(core)
}

fn flattened(kind: &str, enums: &BTreeSet<String>) -> anyhow::Result<Vec<&'static str>> {
    if let Some(inner) = kind.strip_prefix("option<").and_then(|kind| kind.strip_suffix('>')) {
        let inner = flattened(inner, enums)?;
        return Ok(["i32"].into_iter().chain(inner).collect());
    }
    Ok(match kind {
        "bool" | "u8" | "u16" | "u32" | "s8" | "s16" | "s32" | "char" => vec!["i32"],
        "u64" | "s64" => vec!["i64"],
        "f32" => vec!["f32"],
        "f64" => vec!["f64"],
        "string" => vec!["i32", "i32"],
        name if enums.contains(name) => vec!["i32"],
        other => bail!("the type `{other}` is not understood here"),
    })
}

/// `(i32 i32) i64`.
fn spelled(function: &FuncType) -> String {
    let words = |types: &[wasmparser::ValType]| {
        types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    let params = words(function.params());
    format!("({params}) {}", words(function.results())).trim_end().to_owned()
}

#[cfg(test)]
mod tests;
