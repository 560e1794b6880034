//! The world `rule` of `wasm-plugins/wit/rules.wit`, lowered to core WebAssembly.
//!
//! Lowering follows the Canonical ABI
//! (<https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md>,
//! "Flattening"): a text is two `i32`, pointer and length; a result that does not fit one core
//! value is written to memory, where the last parameter of an import points and where the result of
//! an export points. The gate checks a module against these tables, and a test checks that the
//! linker offers just them.

use wasmparser::ValType::{self, I32, I64};

/// The name of the interface that speaks of the customer.
pub(crate) const CUSTOMER: &str = "vitrine:rules/customer@1.0.0";
/// The name of the interface that speaks of the page view.
pub(crate) const VIEW: &str = "vitrine:rules/view@1.0.0";
/// The name of the interface that takes log lines.
pub(crate) const LOG: &str = "vitrine:rules/log@1.0.0";

/// A function and its core signature.
pub(crate) struct Function {
    /// The interface, or nothing for an export.
    pub(crate) module: &'static str,
    /// The name.
    pub(crate) name: &'static str,
    /// Parameters.
    pub(crate) params: &'static [ValType],
    /// Results.
    pub(crate) results: &'static [ValType],
}

const fn function(
    module: &'static str,
    name: &'static str,
    params: &'static [ValType],
    results: &'static [ValType],
) -> Function {
    Function { module, name, params, results }
}

/// The name of the exported memory.
pub(crate) const MEMORY: &str = "memory";

/// The function that answers. Gives the address of an `option<offer>`.
pub(crate) const DECIDE: Function = function("", "decide", &[], &[I32]);
/// The guest's allocator, for texts that the host gives.
pub(crate) const REALLOC: Function = function("", "cabi_realloc", &[I32, I32, I32, I32], &[I32]);
/// Frees what `decide` gave. A guest may do without.
pub(crate) const POST_DECIDE: Function = function("", "cabi_post_decide", &[I32], &[]);

/// Everything that a plugin may import.
pub(crate) const IMPORTS: [Function; 28] = [
    function(CUSTOMER, "lifecycle", &[], &[I32]),
    function(CUSTOMER, "first-seen", &[], &[I64]),
    function(CUSTOMER, "last-seen", &[], &[I64]),
    function(CUSTOMER, "visits", &[], &[I32]),
    function(CUSTOMER, "views", &[], &[I32]),
    function(CUSTOMER, "cart-value", &[], &[I64]),
    function(CUSTOMER, "cart-lines", &[], &[I32]),
    function(CUSTOMER, "cart-currency", &[I32], &[]),
    function(CUSTOMER, "cart-changed-at", &[I32], &[]),
    function(CUSTOMER, "cart-has", &[I32, I32], &[I32]),
    function(CUSTOMER, "orders", &[], &[I32]),
    function(CUSTOMER, "revenue", &[I32, I32], &[I64]),
    function(CUSTOMER, "first-order-at", &[I32], &[]),
    function(CUSTOMER, "last-order-at", &[I32], &[]),
    function(CUSTOMER, "trait-text", &[I32, I32, I32], &[]),
    function(CUSTOMER, "trait-number", &[I32, I32, I32], &[]),
    function(CUSTOMER, "trait-flag", &[I32, I32, I32], &[]),
    function(CUSTOMER, "consent", &[I32, I32, I32], &[]),
    function(CUSTOMER, "shows", &[I32, I32], &[I32]),
    function(CUSTOMER, "exposed-since", &[I32, I32, I32], &[]),
    function(VIEW, "now", &[], &[I64]),
    function(VIEW, "path", &[I32], &[]),
    function(VIEW, "url", &[I32], &[]),
    function(VIEW, "referrer", &[I32], &[]),
    function(VIEW, "locale", &[I32], &[]),
    function(VIEW, "device", &[I32], &[]),
    function(VIEW, "random", &[], &[I64]),
    function(LOG, "write", &[I32, I32, I32], &[]),
];

// === impl Function ===

impl Function {
    /// The signature as it is written in the text format.
    pub(crate) fn signature(&self) -> Box<str> {
        signature(self.params, self.results)
    }
}

/// A signature as it is written in the text format, such as `(param i32 i32) (result i64)`.
pub(crate) fn signature(params: &[ValType], results: &[ValType]) -> Box<str> {
    let list = |word: &str, types: &[ValType]| {
        let types: String = types.iter().map(|ty| format!(" {ty}")).collect();
        if types.is_empty() { String::new() } else { format!("({word}{types})") }
    };
    let both = [list("param", params), list("result", results)];
    let written = both.iter().filter(|part| !part.is_empty()).map(String::as_str);
    let written = written.collect::<Vec<_>>().join(" ");
    if written.is_empty() { "(func)".into() } else { written.into() }
}
