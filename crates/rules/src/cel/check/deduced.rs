//! What the checker knows of an expression's type.

use std::fmt;

use crate::cel::Type;

/// A type, or as much of one as is known.
///
/// It says one thing more than [`Type`]: that nothing is known *yet*, of the elements of `[]` and `{}`.
/// They go with any other, where `dyn` would make all of them `dyn`: `[[], [1]]` is a list of lists of
/// `int`. What is still not known in the end is `dyn`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deduced {
    /// Nothing yet.
    Free,
    /// A type that is no list and no map.
    Scalar(Type),
    List(Box<Deduced>),
    Map(Box<Deduced>, Box<Deduced>),
}

// === impl Deduced ===

impl Deduced {
    pub(super) const BOOL: Self = Self::Scalar(Type::Bool);
    pub(super) const DYN: Self = Self::Scalar(Type::Dyn);

    pub(super) fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    pub(super) fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }

    /// The type, in the end.
    pub(super) fn settle(&self) -> Type {
        match self {
            Self::Free => Type::Dyn,
            Self::Scalar(ty) => ty.clone(),
            Self::List(element) => Type::list(element.settle()),
            Self::Map(key, value) => Type::map(key.settle(), value.settle()),
        }
    }

    /// Whether it is known only when the rule runs.
    pub(super) fn is_dynamic(&self) -> bool {
        matches!(self, Self::Free | Self::Scalar(Type::Dyn))
    }

    /// The type of what is one of two; `None` when they have nothing in common. Values of types without
    /// a join are never equal.
    pub(super) fn join(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Free, known) | (known, Self::Free) => known.clone(),
            (Self::Scalar(Type::Dyn), _) | (_, Self::Scalar(Type::Dyn)) => Self::DYN,
            (Self::List(one), Self::List(other)) => Self::list(one.join(other)?),
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                Self::map(key.join(other_key)?, value.join(other_value)?)
            }
            (one, other) => (one == other).then(|| one.clone())?,
        })
    }

    /// The type of the elements of a list or the keys of a map in which both occur.
    pub(super) fn mixed(&self, other: &Self) -> Self {
        self.join(other).unwrap_or(Self::DYN)
    }

    /// Whether a parameter of a type takes it; what is dynamic is looked at when the rule runs.
    pub(super) fn fits(&self, parameter: &Type) -> bool {
        match (self, parameter) {
            (_, Type::Dyn) => true,
            (known, _) if known.is_dynamic() => true,
            (Self::List(element), Type::List(of)) => element.fits(of),
            (Self::Map(key, value), Type::Map(of, to)) => key.fits(of) && value.fits(to),
            (Self::Scalar(ty), parameter) => ty == parameter,
            _ => false,
        }
    }
}

impl From<&Type> for Deduced {
    fn from(ty: &Type) -> Self {
        match ty {
            Type::List(element) => Self::list(Self::from(&**element)),
            Type::Map(key, value) => Self::map(Self::from(&**key), Self::from(&**value)),
            scalar => Self::Scalar(scalar.clone()),
        }
    }
}

impl fmt::Display for Deduced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settle().fmt(f)
    }
}
