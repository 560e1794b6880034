//! What a column can be, and rows whose columns and values cannot differ.
//!
//! A row is a struct that is declared by [`row!`]: the name of a field is the name of a column, and its
//! type tells the column's. So a column is added in one place.

use model::Timestamp;

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// UTF-8.
    Text,
    /// Yes or no.
    Flag,
    /// 64 bits with a sign.
    Long,
    /// A whole decimal number of up to 38 digits.
    Huge,
    /// Milliseconds since 1970, in UTC.
    Time,
}

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Text(&'a str),
    Flag(bool),
    Long(i64),
    Huge(i128),
    Time(Timestamp),
}

/// What can be a field of a row.
pub(super) trait Field {
    const KIND: Kind;
    const NULLABLE: bool = false;

    fn value(&self) -> Value<'_>;
}

/// A row of a table.
pub(super) trait Row {
    const COLUMNS: &'static [Column];

    /// The values, in the order of the columns.
    fn values(&self) -> impl Iterator<Item = Value<'_>>;
}

/// Declares a row, and with it the columns of its table.
macro_rules! row {
    ($(#[$doc:meta])* struct $name:ident<$life:lifetime> {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name<$life> {
            $($(#[$field_doc])* $field: $type,)+
        }

        impl<$life> $crate::tables::column::Row for $name<$life> {
            const COLUMNS: &'static [$crate::tables::column::Column] =
                &[$($crate::tables::column::Column::of::<$type>(stringify!($field)),)+];

            fn values(&self) -> impl Iterator<Item = $crate::tables::column::Value<'_>> {
                use $crate::tables::column::Field as _;
                [$(self.$field.value(),)+].into_iter()
            }
        }
    };
}
pub(super) use row;

// === impl Column ===

impl Column {
    pub(super) const fn of<F: Field>(name: &'static str) -> Self {
        Self { name, kind: F::KIND, nullable: F::NULLABLE }
    }
}

// === impl Kind ===

impl Kind {
    /// The type as the README and SQL name it.
    #[cfg(test)]
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Self::Text => "VARCHAR",
            Self::Flag => "BOOLEAN",
            Self::Long => "BIGINT",
            Self::Huge => "DECIMAL(38,0)",
            Self::Time => "TIMESTAMP WITH TIME ZONE",
        }
    }
}

// === impl Field ===

impl Field for &str {
    const KIND: Kind = Kind::Text;

    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Field for String {
    const KIND: Kind = Kind::Text;

    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Field for bool {
    const KIND: Kind = Kind::Flag;

    fn value(&self) -> Value<'_> {
        Value::Flag(*self)
    }
}

impl Field for i64 {
    const KIND: Kind = Kind::Long;

    fn value(&self) -> Value<'_> {
        Value::Long(*self)
    }
}

/// A position or version: no table lives to see one beyond 63 bits.
impl Field for u64 {
    const KIND: Kind = Kind::Long;

    fn value(&self) -> Value<'_> {
        Value::Long(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Field for i128 {
    const KIND: Kind = Kind::Huge;

    fn value(&self) -> Value<'_> {
        Value::Huge(*self)
    }
}

impl Field for Timestamp {
    const KIND: Kind = Kind::Time;

    fn value(&self) -> Value<'_> {
        Value::Time(*self)
    }
}

impl<F: Field> Field for Option<F> {
    const KIND: Kind = F::KIND;
    const NULLABLE: bool = true;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Field::value)
    }
}
