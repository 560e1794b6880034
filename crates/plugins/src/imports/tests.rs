use std::sync::Arc;

use model::{CustomerId, Profile, TenantKey, Timestamp, View};
use wasmparser::ValType;
use wasmtime::{ExternType, Linker, Module, Store};

use super::define;
use crate::contract::{IMPORTS, signature};
use crate::sandbox::{Exports, Sandbox};
use crate::{Input, engine};

fn lowered(ty: wasmtime::ValType) -> ValType {
    match ty {
        wasmtime::ValType::I32 => ValType::I32,
        wasmtime::ValType::I64 => ValType::I64,
        other => panic!("the contract has no {other}"),
    }
}

fn input() -> Input {
    let tenant = TenantKey::parse("demo").expect("valid");
    let now = Timestamp::from_ms(0);
    let profile = Profile::new(tenant, CustomerId::from_u128(1), now);
    Input { profile: Arc::new(profile), view: Arc::new(View::default()), now, seed: 0 }
}

#[test]
fn the_linker_offers_exactly_what_the_gate_lets_through() {
    let engine = engine::for_compiling().expect("an engine");
    let mut linker: Linker<Sandbox> = Linker::new(&engine);
    define(&mut linker).expect("every import can be defined");
    let source = include_str!("../../../../rules/demo/plugins/cart-rescue.wat");
    let wasm = wat::parse_str(source).expect("valid");
    let module = Module::new(&engine, &wasm).expect("can be compiled");
    let sandbox = Sandbox::new(input(), Exports::of(&module).expect("all exports"));
    let mut store = Store::new(&engine, sandbox);
    let defined: Vec<_> = linker
        .iter(&mut store)
        .map(|(module, name, item)| (module.to_owned(), name.to_owned(), item))
        .collect();
    let mut offered = Vec::new();
    for (module, name, item) in defined {
        let ExternType::Func(ty) = item.ty(&store) else { panic!("{name} is no function") };
        let params: Vec<ValType> = ty.params().map(lowered).collect();
        let results: Vec<ValType> = ty.results().map(lowered).collect();
        offered.push((module, name, signature(&params, &results)));
    }
    let contract = IMPORTS
        .iter()
        .map(|import| (import.module.to_owned(), import.name.to_owned(), import.signature()));
    let mut contract: Vec<_> = contract.collect();
    contract.sort();
    offered.sort();
    assert_eq!(offered, contract);
}
