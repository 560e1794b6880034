//! What tests of plans need: a host that compiles in the process, a campaign, and plugins that answer
//! or do not.

use plugins::{Compiler, Config, Host};

/// The body of a plugin that always offers.
pub(super) const YES: &str = "(i32.const 64)";

/// A host without a cache.
pub(super) fn host() -> Host {
    let config = Config {
        cache_dir: None,
        mac_key: [7; 32],
        compiler: Compiler::InProcess,
        sandboxes_max: 4,
    };
    Host::new(config).expect("a host")
}

/// A campaign with an offer for half of those whom a plugin chooses, and whatever else it says.
pub(super) fn campaign(key: &str, plugin: &str, more: &str) -> String {
    format!(
        r#"
key = "{key}"
placement = "top"
{more}
[when]
plugin = "{plugin}"
[experiment]
control = "a"
variants = [{{ key = "a", weight = 1, offer = "o" }}, {{ key = "b", weight = 1 }}]
[[offers]]
key = "o"
kind = "banner"
text.en.title = "x"
"#
    )
}

/// A plugin whose answer is the body of a function.
pub(super) fn plugin(body: &str) -> String {
    format!(
        r#"(module (memory (export "memory") 1 1)
  (data (i32.const 64) "\01\00\00\00" "\60\00\00\00" "\02\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00")
  (data (i32.const 96) "ok")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "decide") (result i32) {body}))"#
    )
}
