//! Arithmetic and comparisons, with CEL's errors where WebAssembly wraps around or traps.

use wasm_encoder::ValType;

use super::Emitter;
use super::body::{Body, Label};
use super::functions::Task;
use super::graph::{NodeId, NodeKind};
use super::native::{self, Arithmetic, Comparison, Native, Operand, Range, Sum};
use crate::cel::Value;
use crate::cel::imports::Failure;

// === impl Emitter ===

impl Emitter<'_> {
    /// Leaves the result of an operation on natively held values.
    pub(super) fn compute(
        &mut self,
        body: &mut Body,
        native: Native,
        operands: &[NodeId],
        handler: Label,
    ) {
        for operand in operands {
            self.value(body, *operand, handler);
        }
        let second = operands.get(1).and_then(|id| self.integer(*id));
        match native {
            Native::Compare(comparison, operand) => compare(body, comparison, operand),
            Native::Signed(Arithmetic::Add) => add_signed(body, second, handler),
            Native::Signed(Arithmetic::Subtract) => subtract_signed(body, handler),
            Native::Signed(Arithmetic::Multiply) => {
                let multiply = self.function(Task::MultiplySigned);
                body.code().call(multiply);
                body.check(handler);
            }
            Native::Signed(Arithmetic::Divide) => divide_signed(body, second, handler),
            Native::Signed(Arithmetic::Modulo) => modulo_signed(body, second, handler),
            Native::Unsigned(Arithmetic::Multiply) => {
                let multiply = self.function(Task::MultiplyUnsigned);
                body.code().call(multiply);
                body.check(handler);
            }
            Native::Unsigned(arithmetic) => unsigned(body, arithmetic, handler),
            Native::Double(arithmetic) => double(body, arithmetic),
            Native::Time(sum, range) => time(body, sum, range, handler),
            Native::NegateInt => negate(body, handler),
            Native::NegateDouble => drop(body.code().f64_neg()),
            Native::Not => drop(body.code().i32_eqz()),
        }
    }

    fn integer(&self, id: NodeId) -> Option<i64> {
        match &self.graph.node(id).kind {
            NodeKind::Constant(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }
}

/// Goes to the handler with a failure if the value on top is not 0.
fn fail_if(body: &mut Body, failure: Failure, handler: Label) {
    let error = body.error();
    // Set in any case: it is only looked at behind the branch.
    body.code().i32_const(failure as i32).local_set(error);
    body.branch_if(handler);
}

fn compare(body: &mut Body, comparison: Comparison, operand: Operand) {
    use Comparison::{Equals, Greater, GreaterEquals, Less, LessEquals, NotEquals};
    let mut code = body.code();
    match (operand, comparison) {
        (Operand::Bool, Equals) => code.i32_eq(),
        (Operand::Bool, NotEquals) => code.i32_ne(),
        (Operand::Bool, Less) => code.i32_lt_u(),
        (Operand::Bool, LessEquals) => code.i32_le_u(),
        (Operand::Bool, Greater) => code.i32_gt_u(),
        (Operand::Bool, GreaterEquals) => code.i32_ge_u(),
        (Operand::Signed | Operand::Unsigned, Equals) => code.i64_eq(),
        (Operand::Signed | Operand::Unsigned, NotEquals) => code.i64_ne(),
        (Operand::Signed, Less) => code.i64_lt_s(),
        (Operand::Signed, LessEquals) => code.i64_le_s(),
        (Operand::Signed, Greater) => code.i64_gt_s(),
        (Operand::Signed, GreaterEquals) => code.i64_ge_s(),
        (Operand::Unsigned, Less) => code.i64_lt_u(),
        (Operand::Unsigned, LessEquals) => code.i64_le_u(),
        (Operand::Unsigned, Greater) => code.i64_gt_u(),
        (Operand::Unsigned, GreaterEquals) => code.i64_ge_u(),
        (Operand::Double, Equals) => code.f64_eq(),
        (Operand::Double, NotEquals) => code.f64_ne(),
        (Operand::Double, Less) => code.f64_lt(),
        (Operand::Double, LessEquals) => code.f64_le(),
        (Operand::Double, Greater) => code.f64_gt(),
        (Operand::Double, GreaterEquals) => code.f64_ge(),
    };
}

fn double(body: &mut Body, arithmetic: Arithmetic) {
    let mut code = body.code();
    match arithmetic {
        Arithmetic::Add => code.f64_add(),
        Arithmetic::Subtract => code.f64_sub(),
        Arithmetic::Multiply => code.f64_mul(),
        Arithmetic::Divide => code.f64_div(),
        // Not among the native operations.
        Arithmetic::Modulo => code.unreachable(),
    };
}

/// Takes two `i64` from the stack to locals for the time of `write`.
fn with_two(body: &mut Body, write: impl FnOnce(&mut Body, u32, u32)) {
    let (one, other) = (body.take_local(ValType::I64), body.take_local(ValType::I64));
    body.code().local_set(other).local_set(one);
    write(body, one, other);
    body.give_local(ValType::I64, one);
    body.give_local(ValType::I64, other);
}

/// A sum overflows when its sign differs from both operands'; with a constant, when it lies on the
/// wrong side of the other operand.
fn add_signed(body: &mut Body, second: Option<i64>, handler: Label) {
    with_two(body, |body, one, other| {
        let sum = body.take_local(ValType::I64);
        body.code().local_get(one).local_get(other).i64_add().local_tee(sum).local_get(one);
        match second {
            Some(0..) => drop(body.code().i64_lt_s()),
            Some(_) => drop(body.code().i64_gt_s()),
            None => {
                body.code().i64_xor().local_get(sum).local_get(other).i64_xor().i64_and();
                body.code().i64_const(0).i64_lt_s();
            }
        }
        fail_if(body, Failure::Overflow, handler);
        body.code().local_get(sum);
        body.give_local(ValType::I64, sum);
    });
}

/// A difference overflows when the operands' signs differ, and its own is not the first one's.
fn subtract_signed(body: &mut Body, handler: Label) {
    with_two(body, |body, one, other| {
        let difference = body.take_local(ValType::I64);
        body.code().local_get(one).local_get(other).i64_sub().local_tee(difference);
        body.code().local_get(one).i64_xor().local_get(one).local_get(other).i64_xor().i64_and();
        body.code().i64_const(0).i64_lt_s();
        fail_if(body, Failure::Overflow, handler);
        body.code().local_get(difference);
        body.give_local(ValType::I64, difference);
    });
}

fn divide_signed(body: &mut Body, second: Option<i64>, handler: Label) {
    if second.is_some_and(|divisor| divisor != 0 && divisor != -1) {
        body.code().i64_div_s();
        return;
    }
    with_two(body, |body, one, other| {
        body.code().local_get(other).i64_eqz();
        fail_if(body, Failure::DivideByZero, handler);
        least_by_minus_one(body, one, other);
        fail_if(body, Failure::Overflow, handler);
        body.code().local_get(one).local_get(other).i64_div_s();
    });
}

fn modulo_signed(body: &mut Body, second: Option<i64>, handler: Label) {
    if second.is_some_and(|divisor| divisor != 0 && divisor != -1) {
        body.code().i64_rem_s();
        return;
    }
    with_two(body, |body, one, other| {
        body.code().local_get(other).i64_eqz();
        fail_if(body, Failure::ModulusByZero, handler);
        least_by_minus_one(body, one, other);
        fail_if(body, Failure::Overflow, handler);
        body.code().local_get(one).local_get(other).i64_rem_s();
    });
}

/// Whether the operands are the least integer and -1, whose quotient does not fit.
fn least_by_minus_one(body: &mut Body, one: u32, other: u32) {
    body.code().local_get(one).i64_const(i64::MIN).i64_eq();
    body.code().local_get(other).i64_const(-1).i64_eq().i32_and();
}

fn unsigned(body: &mut Body, arithmetic: Arithmetic, handler: Label) {
    with_two(body, |body, one, other| match arithmetic {
        Arithmetic::Add => {
            let sum = body.take_local(ValType::I64);
            body.code().local_get(one).local_get(other).i64_add().local_tee(sum);
            body.code().local_get(one).i64_lt_u();
            fail_if(body, Failure::Overflow, handler);
            body.code().local_get(sum);
            body.give_local(ValType::I64, sum);
        }
        Arithmetic::Subtract => {
            body.code().local_get(one).local_get(other).i64_lt_u();
            fail_if(body, Failure::Overflow, handler);
            body.code().local_get(one).local_get(other).i64_sub();
        }
        Arithmetic::Divide => {
            body.code().local_get(other).i64_eqz();
            fail_if(body, Failure::DivideByZero, handler);
            body.code().local_get(one).local_get(other).i64_div_u();
        }
        Arithmetic::Modulo => {
            body.code().local_get(other).i64_eqz();
            fail_if(body, Failure::ModulusByZero, handler);
            body.code().local_get(one).local_get(other).i64_rem_u();
        }
        // A function of its own.
        Arithmetic::Multiply => drop(body.code().unreachable()),
    });
}

fn negate(body: &mut Body, handler: Label) {
    let operand = body.take_local(ValType::I64);
    body.code().local_tee(operand).i64_const(i64::MIN).i64_eq();
    fail_if(body, Failure::Overflow, handler);
    body.code().i64_const(0).local_get(operand).i64_sub();
    body.give_local(ValType::I64, operand);
}

/// Both operands lie within a range far from 64 bits, so that only the result has to be compared.
fn time(body: &mut Body, sum: Sum, range: Range, handler: Label) {
    match sum {
        Sum::Add => body.code().i64_add(),
        Sum::Subtract => body.code().i64_sub(),
    };
    let (bounds, failure) = match range {
        Range::Timestamp => (native::timestamps(), Failure::TimestampRange),
        Range::Duration => (native::durations(), Failure::DurationRange),
    };
    let (first, last) = (*bounds.start(), *bounds.end());
    let result = body.take_local(ValType::I64);
    body.code().local_tee(result).i64_const(first).i64_sub();
    body.code().i64_const(last.wrapping_sub(first)).i64_gt_u();
    fail_if(body, failure, handler);
    body.code().local_get(result);
    body.give_local(ValType::I64, result);
}

/// `(i64, i64) -> (i64, error)`: a product overflows when dividing it by one operand does not give the
/// other. By 0 and -1 cannot be divided; what they give is known.
pub(super) fn multiply_signed() -> Body {
    let mut body = multiplication();
    let (one, other) = (0, 1);
    body.code().local_get(other).i64_const(-1).i64_eq();
    body.when(None);
    body.code().i64_const(0).local_get(one).i64_sub();
    body.code().local_get(one).i64_const(i64::MIN).i64_eq().return_();
    body.end();
    let product = body.take_local(ValType::I64);
    body.code().local_get(one).local_get(other).i64_mul().local_tee(product);
    body.code().local_get(product).local_get(other).i64_div_s().local_get(one).i64_ne();
    body
}

/// `(i64, i64) -> (i64, error)`, of integers from 0 on.
pub(super) fn multiply_unsigned() -> Body {
    let mut body = multiplication();
    let (one, other) = (0, 1);
    let product = body.take_local(ValType::I64);
    body.code().local_get(one).local_get(other).i64_mul().local_tee(product);
    body.code().local_get(product).local_get(other).i64_div_u().local_get(one).i64_ne();
    body
}

/// A product that is 0 because the second operand is; otherwise what follows. That the comparison at
/// the end gives 1 for an overflow is its number as an error.
fn multiplication() -> Body {
    const { assert!(Failure::Overflow as i32 == 1) };
    let mut body = Body::of_two(ValType::I64);
    body.code().local_get(1).i64_eqz();
    body.when(None);
    body.code().i64_const(0).i32_const(0).return_();
    body.end();
    body
}
