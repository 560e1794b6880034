//! The module around the functions.
//!
//! ```text
//! types | imports, all of the interface | functions | globals | export `rule` | code | meaning | names
//! ```
//!
//! `rule` picks a rule by its number with jump tables, which need no table of the instance's own: up to
//! 32 rules in one step, up to 1,024 in two, and so on.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Module, NameMap,
    NameSection, TypeSection, ValType,
};

use super::functions::{Functions, IMPORTED, Signature, Task};
use super::{Meaning, canonical};
use crate::cel::Schema;
use crate::cel::imports::{IMPORTS, MEANING, MODULE, Native, RULE};

/// How many rules one jump table tells apart: 2 to the power of [`GROUP_BITS`].
const GROUP: usize = 1 << GROUP_BITS;
/// How many bits of a rule's number one jump table looks at.
const GROUP_BITS: i32 = 5;

/// What a function that picks takes and gives.
const PICK_PARAMS: [ValType; 1] = [ValType::I32];

/// The sections under way.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    known: Vec<Signature>,
    functions: FunctionSection,
    code: CodeSection,
    names: NameMap,
    defined: u32,
}

/// Puts a module together.
pub(super) fn module(
    schema: &Schema,
    functions: &Functions,
    meaning: &Meaning,
    entries: &[u32],
) -> Vec<u8> {
    let mut sections = Sections::default();
    let mut imports = ImportSection::new();
    for import in &IMPORTS {
        let lowered = |all: &[Native]| all.iter().map(|native| val_type(*native)).collect();
        let signature =
            Signature { params: lowered(import.params), results: lowered(import.results) };
        let ty = sections.ty(&signature);
        imports.import(MODULE, import.name, EntityType::Function(ty));
    }
    let written = functions.signatures.iter().zip(&functions.bodies).zip(&functions.tasks);
    for ((signature, body), task) in written {
        let name = name(*task, sections.next(), entries);
        sections.define(signature, body, &name);
    }
    let rule = sections.pick(entries);
    let mut globals = GlobalSection::new();
    for val_type in &functions.globals {
        let zero = match val_type {
            ValType::I64 => ConstExpr::i64_const(0),
            ValType::F64 => ConstExpr::f64_const(0.0.into()),
            _ => ConstExpr::i32_const(0),
        };
        globals.global(GlobalType { val_type: *val_type, mutable: true, shared: false }, &zero);
    }
    let mut exports = ExportSection::new();
    exports.export(RULE, ExportKind::Func, rule);
    let mut names = NameSection::new();
    names.functions(&sections.names);
    let data = meaning.encoded(schema);

    let mut module = Module::new();
    module.section(&sections.types).section(&imports).section(&sections.functions);
    module.section(&globals).section(&exports).section(&sections.code);
    module.section(&CustomSection { name: MEANING.into(), data: data.into() }).section(&names);
    module.finish()
}

// === impl Sections ===

impl Sections {
    /// The number that the next function gets.
    fn next(&self) -> u32 {
        IMPORTED.saturating_add(self.defined)
    }

    fn ty(&mut self, signature: &Signature) -> u32 {
        let known = self.known.iter().position(|known| known == signature);
        let place = known.unwrap_or_else(|| {
            self.types
                .ty()
                .function(signature.params.iter().copied(), signature.results.iter().copied());
            self.known.push(signature.clone());
            self.known.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    fn define(&mut self, signature: &Signature, body: &Function, name: &str) -> u32 {
        let number = self.next();
        let ty = self.ty(signature);
        self.functions.function(ty);
        self.code.function(body);
        self.names.append(number, name);
        self.defined = self.defined.saturating_add(1);
        number
    }

    /// Defines the function that is exported.
    fn pick(&mut self, entries: &[u32]) -> u32 {
        let signature =
            Signature { params: PICK_PARAMS.into(), results: vec![ValType::I32, ValType::I32] };
        let mut targets = entries.to_vec();
        let mut level = 0;
        while targets.len() > GROUP {
            let bodies: Vec<Function> =
                targets.chunks(GROUP).map(|group| picker(group, level, Place::Inner)).collect();
            let define = |body: &Function| self.define(&signature, body, "pick");
            targets = bodies.iter().map(define).collect();
            level += 1;
        }
        let body = picker(&targets, level, Place::Outermost);
        self.define(&signature, &body, "rule")
    }
}

/// Where a jump table is among others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It looks at the highest bits, and so sees numbers that no rule has.
    Outermost,
    /// It looks at some bits.
    Inner,
}

/// A function that calls one of others by some bits of a rule's number: rules on the level 0, and above
/// it functions of the level below, with the number. A number that no rule has traps.
fn picker(targets: &[u32], level: i32, place: Place) -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    let count = u32::try_from(targets.len()).unwrap_or(u32::MAX);
    for _ in 0..=count {
        code.block(BlockType::Empty);
    }
    code.local_get(0).i32_const(level * GROUP_BITS).i32_shr_u();
    if place == Place::Inner {
        code.i32_const((1 << GROUP_BITS) - 1).i32_and();
    }
    code.br_table((0..count).collect::<Vec<u32>>(), count);
    for target in targets {
        code.end();
        if level > 0 {
            code.local_get(0);
        }
        code.call(*target).return_();
    }
    code.end().unreachable().end();
    body
}

// === impl Meaning ===

impl Meaning {
    /// What the numbers stand for, for the digest and for whoever looks at a module.
    fn encoded(&self, schema: &Schema) -> Vec<u8> {
        let mut out = Vec::new();
        canonical::length(&mut out, self.constants.len());
        self.constants.iter().for_each(|constant| canonical::value(&mut out, constant));
        canonical::length(&mut out, self.operations.len());
        self.operations.iter().for_each(|one| canonical::bytes(&mut out, &one.key()));
        for declared in [&schema.attributes, &schema.questions] {
            canonical::length(&mut out, declared.len());
            for one in declared {
                canonical::bytes(&mut out, one.path.as_bytes());
                canonical::bytes(&mut out, one.ty.to_string().as_bytes());
            }
        }
        out
    }
}

/// A name for whoever reads a fault or a disassembly.
fn name(task: Task, number: u32, entries: &[u32]) -> String {
    match task {
        Task::Rule(_) => {
            let place = entries.iter().position(|entry| *entry == number);
            format!("rule {}", place.unwrap_or_default())
        }
        Task::Kept(id) => format!("kept {}", id.number()),
        Task::Part(id) => format!("part {}", id.number()),
        Task::MultiplySigned => "multiply".into(),
        Task::MultiplyUnsigned => "multiply unsigned".into(),
    }
}

const fn val_type(native: Native) -> ValType {
    match native {
        Native::I32 => ValType::I32,
        Native::I64 => ValType::I64,
        Native::F64 => ValType::F64,
    }
}
