//! Bytes that are equal when what they stand for is.
//!
//! They are what nodes and constants are looked up by, and how constants are written into the module.
//! Every part is either of a fixed length or preceded by its length, so that no two read the same.

use super::graph::{NodeId, NodeKind};
use crate::cel::tree::Operation;
use crate::cel::{Type, Value};

/// The key of a node: its kind, what it holds, its children, its type.
pub(super) fn node_key(kind: &NodeKind, ty: &Type) -> Vec<u8> {
    let mut key = Vec::with_capacity(32);
    match kind {
        NodeKind::Constant(constant) => {
            key.push(0);
            value(&mut key, constant);
        }
        NodeKind::Attribute(place) => tagged(&mut key, 1, *place),
        NodeKind::Present(place) => tagged(&mut key, 2, *place),
        NodeKind::Variable(place) => tagged(&mut key, 3, *place),
        NodeKind::Call(function, _) => {
            key.push(4);
            bytes(&mut key, format!("{function:?}").as_bytes());
        }
        NodeKind::And(_) => key.push(5),
        NodeKind::Or(_) => key.push(6),
        NodeKind::Conditional(_) => key.push(7),
        NodeKind::List(_) => key.push(8),
        NodeKind::Map(_) => key.push(9),
        NodeKind::Select(_, field) => {
            key.push(10);
            bytes(&mut key, field.as_bytes());
        }
        NodeKind::Has(_, field) => {
            key.push(11);
            bytes(&mut key, field.as_bytes());
        }
        NodeKind::Macro(one) => {
            tagged(&mut key, 12, one.variable);
            key.push(match one.operation {
                Operation::All => 0,
                Operation::Exists => 1,
                Operation::ExistsOne => 2,
                Operation::Filter => 3,
                Operation::Map => 4,
            });
        }
    }
    let children: Vec<NodeId> = kind.children().collect();
    length(&mut key, children.len());
    for child in children {
        key.extend_from_slice(&child.number().to_le_bytes());
    }
    bytes(&mut key, ty.to_string().as_bytes());
    key
}

/// Appends a value.
pub(super) fn value(out: &mut Vec<u8>, one: &Value) {
    match one {
        Value::Null => out.push(0),
        Value::Bool(flag) => out.extend([1, u8::from(*flag)]),
        Value::Int(number) => fixed(out, 2, number.to_le_bytes()),
        Value::Uint(number) => fixed(out, 3, number.to_le_bytes()),
        Value::Double(number) => fixed(out, 4, number.to_bits().to_le_bytes()),
        Value::String(text) => {
            out.push(5);
            bytes(out, text.as_bytes());
        }
        Value::Bytes(content) => {
            out.push(6);
            bytes(out, content);
        }
        Value::Timestamp(time) => fixed(out, 7, time.as_nanosecond().to_le_bytes()),
        Value::Duration(span) => fixed(out, 8, span.as_nanos().to_le_bytes()),
        Value::Money(minor) => fixed(out, 9, minor.to_le_bytes()),
        Value::List(elements) => {
            out.push(10);
            length(out, elements.len());
            elements.iter().for_each(|element| value(out, element));
        }
        Value::Map(map) => {
            out.push(11);
            length(out, map.entries().len());
            for (key, entry) in map.entries() {
                value(out, key);
                value(out, entry);
            }
        }
        Value::Type(ty) => {
            out.push(12);
            bytes(out, ty.to_string().as_bytes());
        }
    }
}

/// Appends bytes after their number.
pub(super) fn bytes(out: &mut Vec<u8>, content: &[u8]) {
    length(out, content.len());
    out.extend_from_slice(content);
}

/// Appends a number of things.
pub(super) fn length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes());
}

fn tagged(out: &mut Vec<u8>, tag: u8, place: u16) {
    fixed(out, tag, place.to_le_bytes());
}

fn fixed<const BYTES: usize>(out: &mut Vec<u8>, tag: u8, content: [u8; BYTES]) {
    out.push(tag);
    out.extend_from_slice(&content);
}
