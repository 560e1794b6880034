//! The functions that give a type, and what they take.

use rules::cel::{Function, Question, Type};

use Type::{Bool, Bytes, Double, Duration, Dyn, Int, Money, String, Timestamp, Uint};

/// A function and the types of its arguments.
type Overload = (Function, Vec<Type>);

/// The overloads that give a type.
pub(super) fn giving(ty: &Type) -> Vec<Overload> {
    match ty {
        Bool => conditions(),
        Int => ints(),
        Uint => {
            let mut all = arithmetic(Uint);
            all.extend([(Function::ToUint, vec![Int]), (Function::ToUint, vec![Double])]);
            all
        }
        Double => vec![
            (Function::Add, vec![Double, Double]),
            (Function::Subtract, vec![Double, Double]),
            (Function::Multiply, vec![Double, Double]),
            (Function::Divide, vec![Double, Double]),
            (Function::Negate, vec![Double]),
            (Function::ToDouble, vec![Int]),
        ],
        String => texts(),
        Bytes => vec![(Function::Add, vec![Bytes, Bytes]), (Function::ToBytes, vec![String])],
        Timestamp => vec![
            (Function::Add, vec![Timestamp, Duration]),
            (Function::Add, vec![Duration, Timestamp]),
            (Function::Subtract, vec![Timestamp, Duration]),
            (Function::ToTimestamp, vec![String]),
            (Function::Index, vec![Type::list(Timestamp), Int]),
        ],
        Duration => vec![
            (Function::Subtract, vec![Timestamp, Timestamp]),
            (Function::Add, vec![Duration, Duration]),
            (Function::Subtract, vec![Duration, Duration]),
        ],
        Money => {
            vec![(Function::Add, vec![Money, Money]), (Function::Subtract, vec![Money, Money])]
        }
        Type::List(_) => vec![(Function::Add, vec![ty.clone(), ty.clone()])],
        Dyn => vec![
            (Function::Add, vec![Dyn, Int]),
            (Function::Add, vec![Dyn, Dyn]),
            (Function::Divide, vec![Int, Dyn]),
            (Function::Index, vec![Type::map(String, Dyn), String]),
            (Function::Index, vec![Dyn, Int]),
        ],
        _ => Vec::new(),
    }
}

fn arithmetic(ty: Type) -> Vec<Overload> {
    let five =
        [Function::Add, Function::Subtract, Function::Multiply, Function::Divide, Function::Modulo];
    five.into_iter().map(|function| (function, vec![ty.clone(), ty.clone()])).collect()
}

fn ints() -> Vec<Overload> {
    let mut all = arithmetic(Int);
    all.extend([
        (Function::Negate, vec![Int]),
        (Function::Size, vec![String]),
        (Function::Size, vec![Type::list(Int)]),
        (Function::Size, vec![Dyn]),
        (Function::Index, vec![Type::list(Int), Int]),
        (Function::ToInt, vec![Double]),
        (Function::ToInt, vec![String]),
        (Function::ToInt, vec![Timestamp]),
        (Function::GetFullYear, vec![Timestamp]),
        (Function::GetHours, vec![Duration]),
        (Function::GetHours, vec![Timestamp, String]),
        (Function::IndexOf, vec![String, String, Int]),
        (Function::Ask(Question(1)), vec![String, Duration]),
    ]);
    all
}

fn texts() -> Vec<Overload> {
    vec![
        (Function::Add, vec![String, String]),
        (Function::ToString, vec![Int]),
        (Function::ToString, vec![Double]),
        (Function::ToString, vec![Timestamp]),
        (Function::ToString, vec![Dyn]),
        (Function::LowerAscii, vec![String]),
        (Function::CharAt, vec![String, Int]),
        (Function::Substring, vec![String, Int, Int]),
        (Function::Replace, vec![String, String, String, Int]),
        (Function::Join, vec![Type::list(String)]),
        (Function::Index, vec![Type::list(String), Int]),
    ]
}

fn conditions() -> Vec<Overload> {
    let mut all = vec![
        (Function::Not, vec![Bool]),
        (Function::Not, vec![Dyn]),
        (Function::In, vec![Int, Type::list(Int)]),
        (Function::In, vec![String, Type::list(String)]),
        (Function::In, vec![Int, Type::map(Int, Bool)]),
        (Function::In, vec![Dyn, Dyn]),
        (Function::Contains, vec![String, String]),
        (Function::StartsWith, vec![String, String]),
        (Function::Matches, vec![String, String]),
        (Function::ToBool, vec![String]),
        (Function::Index, vec![Type::map(Int, Bool), Int]),
        (Function::Ask(Question(0)), vec![Timestamp]),
        (Function::Less, vec![Int, Double]),
        (Function::GreaterEquals, vec![Dyn, Int]),
        (Function::Equals, vec![Dyn, Dyn]),
        (Function::NotEquals, vec![Dyn, Double]),
        (Function::Equals, vec![Type::list(Int), Type::list(Int)]),
    ];
    let ordered = [Bool, Int, Uint, Double, String, Bytes, Timestamp, Duration, Money];
    let comparisons = [
        Function::Equals,
        Function::NotEquals,
        Function::Less,
        Function::LessEquals,
        Function::Greater,
        Function::GreaterEquals,
    ];
    for ty in ordered {
        all.extend(comparisons.map(|function| (function, vec![ty.clone(), ty.clone()])));
    }
    all
}
