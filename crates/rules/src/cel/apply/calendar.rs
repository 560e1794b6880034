//! The parts of a point in time, and of a span.
//!
//! Of a point they are what a calendar and clock show, in UTC or in a named zone: months, days of the
//! month, week and year from 0, but `getDate` from 1. Of a span they are all of it in that unit, rounded
//! towards zero, but `getMilliseconds` the part below a second.

use super::super::value::Civil;
use super::super::{Function, Value};
use super::Overload;

/// Applies a getter.
pub(super) fn apply(function: Function, arguments: &[Value]) -> Overload {
    let part = match arguments {
        [Value::Timestamp(time)] => part(function, time.utc()),
        [Value::Timestamp(time), Value::String(zone)] => part(function, time.in_zone(zone)?),
        [Value::Duration(span)] => match function {
            Function::GetHours => span.as_secs() / 3_600,
            Function::GetMinutes => span.as_secs() / 60,
            Function::GetSeconds => span.as_secs(),
            Function::GetMilliseconds => i64::from(span.subsec_millis()),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(Value::Int(part)))
}

fn part(function: Function, civil: Civil) -> i64 {
    match function {
        Function::GetFullYear => i64::from(civil.year()),
        Function::GetMonth => i64::from(civil.month()) - 1,
        Function::GetDate => i64::from(civil.day()),
        Function::GetDayOfMonth => i64::from(civil.day()) - 1,
        Function::GetDayOfWeek => i64::from(civil.weekday().to_sunday_zero_offset()),
        Function::GetDayOfYear => i64::from(civil.day_of_year()) - 1,
        Function::GetHours => i64::from(civil.hour()),
        Function::GetMinutes => i64::from(civil.minute()),
        Function::GetSeconds => i64::from(civil.second()),
        _ => i64::from(civil.millisecond()),
    }
}
