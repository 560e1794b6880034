//! The shape of one function: what makes compilers slow.

use wasmparser::{FunctionBody, Operator};

use super::invalid;
use crate::Rejection;
use crate::limits::{BODY_BYTES_MAX, BRANCH_TARGETS_MAX, LOCALS_MAX, NESTING_MAX};

/// Lets a function pass, or says why not.
pub(crate) fn check(function: u32, body: &FunctionBody<'_>) -> Result<(), Rejection> {
    let bytes = body.as_bytes().len();
    if bytes > BODY_BYTES_MAX {
        return Err(Rejection::BodyTooLarge { function, bytes, bytes_max: BODY_BYTES_MAX });
    }
    let mut locals: u64 = 0;
    for group in body.get_locals_reader().map_err(invalid)? {
        let (count, _) = group.map_err(invalid)?;
        locals = locals.saturating_add(u64::from(count));
    }
    if locals > u64::from(LOCALS_MAX) {
        return Err(Rejection::TooManyLocals { function, locals, locals_max: LOCALS_MAX });
    }
    check_operators(function, body)
}

fn check_operators(function: u32, body: &FunctionBody<'_>) -> Result<(), Rejection> {
    let mut depth: u32 = 0;
    let mut targets_all: u32 = 0;
    let mut operators = body.get_operators_reader().map_err(invalid)?;
    while !operators.eof() {
        match operators.read().map_err(invalid)? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth = depth.saturating_add(1);
                if depth > NESTING_MAX {
                    return Err(Rejection::TooDeep { function, depth_max: NESTING_MAX });
                }
            }
            // The last `end` belongs to the function itself.
            Operator::End => depth = depth.saturating_sub(1),
            Operator::BrTable { targets } => {
                targets_all = targets_all.saturating_add(targets.len());
                if targets_all > BRANCH_TARGETS_MAX {
                    let (targets, targets_max) = (targets_all, BRANCH_TARGETS_MAX);
                    return Err(Rejection::TooManyBranches { function, targets, targets_max });
                }
            }
            _ => {}
        }
    }
    Ok(())
}
