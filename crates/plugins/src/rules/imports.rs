//! What the host does for a module of rules: the functions of [`rules::cel::imports`].
//!
//! Each first counts the call. What CEL calls an error goes back to the module as a number, beside a
//! result that means nothing; what no module of ours does ends it.

mod held;

use rules::cel::imports::{MODULE, duration};
use rules::cel::{Attribute, EvalError, EvalErrorKind, Function, Map, Operation, Timestamp, Value};
use wasmtime::{Caller, Linker};

use self::held::{AsBool, AsDouble, AsHandle, AsInt, Held, mismatch};
use super::Workspace;
use crate::halt::Halt;

type Guest<'a> = Caller<'a, Workspace>;

/// A result and an error, 0 for none.
type Outcome<T> = wasmtime::Result<(T, u32)>;

/// Defines every import of a module of rules.
pub(crate) fn define(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    attributes(linker)?;
    operations::<AsHandle>(linker)?;
    operations::<AsBool>(linker)?;
    operations::<AsInt>(linker)?;
    operations::<AsDouble>(linker)?;
    fields(linker)?;
    boxing(linker)?;
    unboxing(linker)?;
    elements(linker)?;
    builders(linker)
}

fn attributes(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    attribute::<AsHandle>(linker)?;
    attribute::<AsBool>(linker)?;
    attribute::<AsInt>(linker)?;
    attribute::<AsDouble>(linker)?;
    linker.func_wrap(MODULE, "present", |mut guest: Guest<'_>, number: u32| -> Outcome<u32> {
        let workspace = guest.data_mut();
        workspace.enter()?;
        match workspace.source.attribute(Attribute(place(number)?)) {
            Ok(found) => Ok((u32::from(found.is_some()), 0)),
            Err(error) => Ok((0, workspace.keep_error(error)?)),
        }
    })?;
    Ok(())
}

fn attribute<H: Held>(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    let name = format!("attribute{}", H::SUFFIX);
    linker.func_wrap(MODULE, &name, |mut guest: Guest<'_>, number: u32| {
        let workspace = guest.data_mut();
        workspace.enter()?;
        let found = workspace.source.attribute(Attribute(place(number)?));
        let found = found.and_then(|found| found.ok_or_else(|| absent(workspace, number)));
        hand_over::<H>(workspace, found.and_then(H::exact))
    })?;
    Ok(())
}

fn absent(workspace: &Workspace, number: u32) -> EvalError {
    let path = usize::try_from(number).ok().and_then(|place| workspace.program.attribute(place));
    let detail = format!("no such key: the customer has no {}", path.unwrap_or_default());
    EvalError::new(EvalErrorKind::NoSuchKey, detail)
}

/// Gives a result to the module, in the representation that it expects.
fn hand_over<H: Held>(
    workspace: &mut Workspace,
    result: Result<Value, EvalError>,
) -> Outcome<H::Native> {
    match result {
        Ok(value) => Ok((H::hold(workspace, value)?, 0)),
        Err(error) => Ok((H::Native::default(), workspace.keep_error(error)?)),
    }
}

fn operations<H: Held>(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    let name = |arity: &str| format!("apply{arity}{}", H::SUFFIX);
    linker.func_wrap(MODULE, &name("1"), |mut guest: Guest<'_>, operation: u32, one: u32| {
        let workspace = guest.data_mut();
        workspace.enter()?;
        let result = apply(workspace, operation, workspace.argument(one)?)?;
        hand_over::<H>(workspace, result)
    })?;
    linker.func_wrap(
        MODULE,
        &name("2"),
        |mut guest: Guest<'_>, operation: u32, one: u32, two: u32| {
            let workspace = guest.data_mut();
            workspace.enter()?;
            let arguments = [workspace.value(one)?.clone(), workspace.value(two)?.clone()];
            let result = apply(workspace, operation, &arguments)?;
            hand_over::<H>(workspace, result)
        },
    )?;
    linker.func_wrap(
        MODULE,
        &name("3"),
        |mut guest: Guest<'_>, operation: u32, one: u32, two: u32, three: u32| {
            let workspace = guest.data_mut();
            workspace.enter()?;
            let arguments = [one, two, three].map(|handle| workspace.value(handle).cloned());
            let [one, two, three] = arguments;
            let result = apply(workspace, operation, &[one?, two?, three?])?;
            hand_over::<H>(workspace, result)
        },
    )?;
    linker.func_wrap(MODULE, &name(""), |mut guest: Guest<'_>, operation: u32, builder: u32| {
        let workspace = guest.data_mut();
        workspace.enter()?;
        let arguments = workspace.end_list(builder)?;
        let result = apply(workspace, operation, &arguments)?;
        hand_over::<H>(workspace, result)
    })?;
    Ok(())
}

fn apply(
    workspace: &Workspace,
    operation: u32,
    arguments: &[Value],
) -> Result<Result<Value, EvalError>, Halt> {
    let number = usize::try_from(operation).unwrap_or(usize::MAX);
    let operation = workspace.program.operation(number);
    let operation =
        operation.ok_or_else(|| Halt::abi(format!("there is no operation {number}")))?;
    Ok(match (operation, arguments) {
        (Operation::Call(Function::Ask(question)), _) => workspace.source.ask(*question, arguments),
        (Operation::Call(function), _) => function.apply(arguments),
        (Operation::Matches { pattern, .. }, [Value::String(text)]) => {
            Ok(Value::Bool(pattern.is_match(text)))
        }
        // Not a text: the function knows what to say.
        (Operation::Matches { text, .. }, _) => {
            let pattern = Value::String(text.clone());
            Function::Matches.apply(&[arguments, &[pattern]].concat())
        }
    })
}

fn fields(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "select", |mut guest: Guest<'_>, whole: u32, field: u32| {
        let workspace = guest.data_mut();
        workspace.enter()?;
        let result = workspace.value(whole)?.select(text(workspace, field)?);
        hand_over::<AsHandle>(workspace, result)
    })?;
    linker.func_wrap(MODULE, "has", |mut guest: Guest<'_>, whole: u32, field: u32| {
        let workspace = guest.data_mut();
        workspace.enter()?;
        let result = workspace.value(whole)?.has(text(workspace, field)?);
        hand_over::<AsBool>(workspace, result.map(Value::Bool))
    })?;
    Ok(())
}

fn text(workspace: &Workspace, handle: u32) -> Result<&str, Halt> {
    match workspace.value(handle)? {
        Value::String(text) => Ok(text),
        _ => Err(Halt::abi("the name of a field is no text")),
    }
}

fn boxing(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    let mut int = |name: &str, make: fn(i64) -> Result<Value, Halt>| {
        let call = move |mut guest: Guest<'_>, native: i64| -> wasmtime::Result<u32> {
            guest.data_mut().enter()?;
            Ok(guest.data_mut().keep(make(native)?)?)
        };
        linker.func_wrap(MODULE, name, call).map(drop)
    };
    int("box-int", |native| Ok(Value::Int(native)))?;
    int("box-uint", |native| Ok(Value::Uint(native.cast_unsigned())))?;
    int("box-money", |native| Ok(Value::Money(native)))?;
    int("box-timestamp", |native| {
        let time = Timestamp::from_millisecond(native);
        time.map(Value::Timestamp).map_err(|_| Halt::abi("a time out of its range"))
    })?;
    int("box-duration", |native| Ok(duration(native)))?;
    linker.func_wrap(
        MODULE,
        "box-bool",
        |mut guest: Guest<'_>, native: u32| -> wasmtime::Result<u32> {
            guest.data_mut().enter()?;
            Ok(guest.data_mut().keep(Value::Bool(native != 0))?)
        },
    )?;
    linker.func_wrap(
        MODULE,
        "box-double",
        |mut guest: Guest<'_>, native: f64| -> wasmtime::Result<u32> {
            guest.data_mut().enter()?;
            Ok(guest.data_mut().keep(Value::Double(native))?)
        },
    )?;
    Ok(())
}

fn unboxing(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    unbox::<AsBool>(linker, "unbox-bool", |value| matches!(value, Value::Bool(_)))?;
    unbox::<AsInt>(linker, "unbox-int", |value| matches!(value, Value::Int(_)))?;
    unbox::<AsInt>(linker, "unbox-uint", |value| matches!(value, Value::Uint(_)))?;
    unbox::<AsInt>(linker, "unbox-money", |value| matches!(value, Value::Money(_)))?;
    unbox::<AsDouble>(linker, "unbox-double", |value| matches!(value, Value::Double(_)))
}

fn unbox<H: Held>(
    linker: &mut Linker<Workspace>,
    name: &str,
    is_of_type: fn(&Value) -> bool,
) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, name, move |mut guest: Guest<'_>, handle: u32| {
        let workspace = guest.data_mut();
        workspace.enter()?;
        let value = workspace.value(handle)?;
        let wrong = || EvalError::new(EvalErrorKind::NoOverload, "no such overload");
        let result = is_of_type(value).then(|| value.clone()).ok_or_else(wrong);
        hand_over::<H>(workspace, result)
    })?;
    Ok(())
}

fn elements(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "length", |mut guest: Guest<'_>, range: u32| -> Outcome<u32> {
        let workspace = guest.data_mut();
        workspace.enter()?;
        match workspace.value(range)?.range().map(|range| range.len()) {
            Ok(length) => Ok((u32::try_from(length).unwrap_or(u32::MAX), 0)),
            Err(error) => Ok((0, workspace.keep_error(error)?)),
        }
    })?;
    element::<AsHandle>(linker)?;
    element::<AsBool>(linker)?;
    element::<AsInt>(linker)?;
    element::<AsDouble>(linker)
}

/// The element of a list, or the key of a map, at a place that is there.
fn element<H: Held>(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    let name = format!("element{}", H::SUFFIX);
    linker.func_wrap(MODULE, &name, |mut guest: Guest<'_>, range: u32, place: u32| {
        let workspace = guest.data_mut();
        workspace.enter()?;
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let found = match workspace.value(range)? {
            Value::List(elements) => elements.get(place),
            Value::Map(map) => map.entries().get(place).map(|(key, _)| key),
            _ => None,
        };
        let found = found.cloned().ok_or_else(|| mismatch("an element"))?;
        Ok(H::hold(workspace, found)?)
    })?;
    Ok(())
}

fn builders(linker: &mut Linker<Workspace>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "begin", |mut guest: Guest<'_>| -> wasmtime::Result<u32> {
        guest.data_mut().enter()?;
        Ok(guest.data_mut().begin_list()?)
    })?;
    linker.func_wrap(
        MODULE,
        "push",
        |mut guest: Guest<'_>, builder: u32, handle: u32| -> wasmtime::Result<()> {
            guest.data_mut().enter()?;
            Ok(guest.data_mut().push(builder, handle)?)
        },
    )?;
    linker.func_wrap(
        MODULE,
        "list",
        |mut guest: Guest<'_>, builder: u32| -> wasmtime::Result<u32> {
            let workspace = guest.data_mut();
            workspace.enter()?;
            let elements = workspace.end_list(builder)?;
            Ok(workspace.keep(Value::List(elements.into()))?)
        },
    )?;
    linker.func_wrap(MODULE, "map", |mut guest: Guest<'_>, builder: u32| {
        let workspace = guest.data_mut();
        workspace.enter()?;
        let mut parts = workspace.end_list(builder)?.into_iter();
        let mut entries = Vec::new();
        while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
            entries.push((key, value));
        }
        let result = Map::new(entries).map(|map| Value::Map(map.into()));
        hand_over::<AsHandle>(workspace, result)
    })?;
    Ok(())
}

/// The number of an attribute.
fn place(number: u32) -> Result<u16, Halt> {
    u16::try_from(number).map_err(|_| Halt::abi(format!("there is no attribute {number}")))
}
