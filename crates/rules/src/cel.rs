//! Rules in CEL: from the text that a marketer writes to a WebAssembly module.
//!
//! ```text
//!  text -> parse -> check -> Expr, typed -> fold -> emit -> Program        once a plan
//!          cel      types    constants     wasm-encoder
//! ```
//!
//! The language is the Common Expression Language
//! (<https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md>), which Kubernetes and Envoy use
//! for policies. What CEL has and we do not support is a mistake with a place and a remedy; a rule
//! never means something else than CEL says.
//!
//! One set of operations ([`Function::apply`]) gives the meaning of every function on values. The
//! constant folder and [`evaluate()`](evaluate::evaluate) call it directly; the compiled module has
//! instructions of its own for numbers, times and logic, and calls it through its host for the rest.
//!
//! Read in this order: [`Type`] and [`Value`], [`Function`], [`Schema`] for what a rule can ask about,
//! [`tree`] for what a checked rule is, then the stages above.

mod apply;
mod check;
mod emit;
mod error;
pub mod evaluate;
mod fold;
mod function;
mod height;
pub mod imports;
mod mistake;
mod parse;
mod program;
mod scan;
mod schema;
mod source;
mod syntax;
pub mod tree;
mod typing;
mod value;
mod vocabulary;

pub use apply::Pattern;
pub use check::{check, check_condition, check_unfolded};
pub use error::{EvalError, EvalErrorKind};
pub use fold::fold;
pub use function::Function;
pub use mistake::Mistake;
pub use program::{Answer, Operation, Program, TooLarge, compile};
pub use schema::{Attribute, Declared, Question, Schema};
pub use source::Source;
pub use typing::Type;
pub use value::{Map, Timestamp, Value};
pub use vocabulary::{DeclaredTrait, TraitType, Vocabulary};
